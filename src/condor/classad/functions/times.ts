/** Functions of time. Local time is what the host says it is. */
import { AttributeList } from '../attribute-list';
import type { Evaluation } from '../evaluation';
import type { Expression } from '../expression';
import { int64ToInt32, realToInt32 } from '../numbers';
import {
  calendarTime,
  daysSinceEpoch,
  parseAbsoluteTime,
  parseRelativeTime,
  splitSpan,
} from '../times';
import type { EvaluationHost, Value } from '../types';
import { adValue, ERROR, integerValue, realValue, stringValue, UNDEFINED } from '../values';
import { limitedString, toIntegerValue } from './conversions';
import { type ClassAdFunction, type FunctionTable, ofValue, ofValues } from './signature';
import { formatCalendarTime } from './strftime';

const DAY = 86_400;

/** A function of the clock, without parameters. */
function ofNow(body: (seconds: number, host: EvaluationHost) => Value): ClassAdFunction {
  return ofValues(0, 0, (_, { host }) =>
    host === undefined ? ERROR : body(Math.floor(host.now()), host),
  );
}

function localTime(seconds: number, host: EvaluationHost): Value {
  return { type: 'absoluteTime', seconds, offset: host.utcOffset(seconds) };
}

function secondsOfDay(seconds: number, host: EvaluationHost): Value {
  const local = seconds + host.utcOffset(seconds);
  return { type: 'relativeTime', seconds: local - Math.floor(local / DAY) * DAY };
}

/** A span of whole seconds, as an offset from UTC and some parameters are. */
function wholeSeconds(value: Value): number | undefined {
  switch (value.type) {
    case 'integer':
      return int64ToInt32(value.value);
    case 'real':
      return realToInt32(value.value);
    case 'relativeTime':
      return realToInt32(value.seconds);
    default:
      return undefined;
  }
}

/** `absTime()` is now; `absTime(t)` is t in local time, `absTime(t, z)` in the zone z. */
function absTime(values: readonly Value[], { host }: Evaluation): Value {
  const [time, zone] = values;
  if (time === undefined) {
    return host === undefined ? ERROR : localTime(Math.floor(host.now()), host);
  }
  const offset = zone === undefined ? undefined : wholeSeconds(zone);
  if (zone !== undefined && offset === undefined) return ERROR;
  if (time.type === 'undefined' || time.type === 'absoluteTime') return time;
  if (time.type === 'string') return absTimeOfString(time.value, offset, host);
  const seconds = wholeSeconds(time);
  if (seconds === undefined) return ERROR;
  return inZone(seconds, offset, host);
}

function absTimeOfString(
  text: string,
  offset: number | undefined,
  host: EvaluationHost | undefined,
): Value {
  const parsed = parseAbsoluteTime(text);
  if (parsed === undefined) return ERROR;
  const named = parsed.offset ?? offset;
  if (named !== undefined) return inZone(parsed.seconds - named, named, host);
  if (host === undefined) return ERROR;
  return localTime(parsed.seconds - host.utcOffset(parsed.seconds), host);
}

function inZone(
  seconds: number,
  offset: number | undefined,
  host: EvaluationHost | undefined,
): Value {
  if (offset !== undefined) return { type: 'absoluteTime', seconds, offset };
  return host === undefined ? ERROR : localTime(seconds, host);
}

function relTime(value: Value): Value {
  switch (value.type) {
    case 'undefined':
    case 'relativeTime':
      return value;
    case 'integer':
      return { type: 'relativeTime', seconds: int64ToInt32(value.value) };
    case 'real':
      return Number.isFinite(value.value) ? { type: 'relativeTime', seconds: value.value } : ERROR;
    case 'absoluteTime':
      return { type: 'relativeTime', seconds: value.seconds };
    case 'string': {
      const seconds = parseRelativeTime(value.value);
      return seconds === undefined ? ERROR : { type: 'relativeTime', seconds };
    }
    default:
      return ERROR;
  }
}

/** What a field is of an instant in local time, and of a span of time; undefined: error. */
interface Field {
  readonly ofTime?: (local: ReturnType<typeof calendarTime>) => number;
  readonly ofSpan?: (span: number) => number;
}

function field({ ofTime, ofSpan }: Field): ClassAdFunction {
  return ofValue((value, { host }) => {
    if (value.type === 'relativeTime' && ofSpan !== undefined) {
      return integerValue(Math.trunc(ofSpan(realToInt32(value.seconds))));
    }
    if (value.type === 'absoluteTime' && ofTime !== undefined && host !== undefined) {
      const local = value.seconds + host.utcOffset(value.seconds);
      return integerValue(ofTime(calendarTime(local)));
    }
    return ERROR;
  });
}

const dayNumber = ({ year, month, day }: ReturnType<typeof calendarTime>) =>
  daysSinceEpoch(year, month, day);

/** 1970-01-01 was a Thursday; Sunday is 0. */
function dayOfWeek(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** A time as an ad of its parts. */
function splitTime(value: Value, { host }: Evaluation): Value {
  if (value.type === 'undefined') return UNDEFINED;
  if (value.type === 'relativeTime') return adValue(partsOfSpan(value.seconds));
  const time = instantOf(value, host);
  return time === undefined ? ERROR : adValue(partsOfTime(time.seconds, time.offset));
}

/** An instant: a number is one in local time. */
function instantOf(
  value: Value,
  host: EvaluationHost | undefined,
): { seconds: number; offset: number } | undefined {
  if (value.type === 'absoluteTime') return value;
  if ((value.type !== 'integer' && value.type !== 'real') || host === undefined) return undefined;
  const seconds = value.type === 'integer' ? Number(value.value) : realToInt32(value.value);
  // Beyond this the calendar has no year that a C `int` can hold.
  if (Math.abs(seconds) > 6e16) return undefined;
  return { seconds, offset: host.utcOffset(seconds) };
}

function partsOfTime(seconds: number, offset: number): AttributeList {
  const time = calendarTime(seconds + offset);
  return new AttributeList()
    .set('Type', stringValue('AbsoluteTime'))
    .set('Year', integerValue(time.year))
    .set('Month', integerValue(time.month))
    .set('Day', integerValue(time.day))
    .set('Hours', integerValue(time.hours))
    .set('Minutes', integerValue(time.minutes))
    .set('Seconds', integerValue(time.seconds))
    .set('Offset', integerValue(offset));
}

/** Of a negative span, the greatest part that is not 0 has the sign. */
function partsOfSpan(span: number): AttributeList {
  const { days, hours, minutes, seconds } = splitSpan(Math.abs(span));
  const parts = [days, hours, minutes];
  const signed = span < 0 ? parts.findIndex((part) => part > 0) : -1;
  const [d = 0, h = 0, m = 0] = parts.map((part, index) => (index === signed ? -part : part));
  return new AttributeList()
    .set('Type', stringValue('RelativeTime'))
    .set('Days', integerValue(d))
    .set('Hours', integerValue(h))
    .set('Minutes', integerValue(m))
    .set('Seconds', realValue(span < 0 && signed < 0 ? -seconds : seconds));
}

/** `formatTime([time [, format]])`; the time may be an ad as `splitTime()` gives it. */
function formatTime(parameters: readonly Expression[], evaluation: Evaluation): Value {
  const { host } = evaluation;
  if (parameters.length > 2) return ERROR;
  const [time, format = stringValue('%c')] = parameters.map((p) => evaluation.evaluate(p));
  if (time === undefined) {
    if (host === undefined) return ERROR;
    const now = Math.floor(host.now());
    const local = calendarTime(now + host.utcOffset(now));
    return stringValue(formatCalendarTime(local, '%c', 0));
  }
  const parts = partsToFormat(time, evaluation);
  if (parts === undefined || format.type !== 'string') return ERROR;
  const offset = host?.utcOffset(Date.UTC(parts.year, parts.month - 1, parts.day) / 1000) ?? 0;
  return limitedString(formatCalendarTime(parts, format.value, offset));
}

function partsToFormat(
  value: Value,
  evaluation: Evaluation,
): ReturnType<typeof calendarTime> | undefined {
  if (value.type !== 'ad') {
    const time = instantOf(value, evaluation.host);
    return time === undefined ? undefined : calendarTime(time.seconds + time.offset);
  }
  const part = (name: string, absent = 0): number => {
    const expression = value.ad.get(name);
    if (expression === undefined) return absent;
    const number = evaluation.evaluateWithin(value.scope, expression);
    return number.type === 'integer' ? int64ToInt32(number.value) : absent;
  };
  return {
    // What a C `struct tm` of zeros says.
    year: part('Year', 1900),
    month: part('Month', 1),
    day: part('Day'),
    hours: part('Hours'),
    minutes: part('Minutes'),
    seconds: part('Seconds'),
  };
}

/** Seconds as `days+hh:mm:ss`, with no more than they need. */
function interval(value: Value): Value {
  const integer = toIntegerValue(value);
  if (integer.type !== 'integer') return ERROR;
  const total = int64ToInt32(integer.value);
  const days = Math.trunc(total / DAY);
  const hours = Math.trunc((total % DAY) / 3600);
  const minutes = Math.trunc((total % 3600) / 60);
  const [hh, mm, ss] = [hours, minutes, total % 60].map((part) =>
    String(Math.abs(part)).padStart(2, '0'),
  );
  if (days !== 0) return stringValue(`${days}+${hh ?? ''}:${mm ?? ''}:${ss ?? ''}`);
  if (hours !== 0) return stringValue(`${hours}:${mm ?? ''}:${ss ?? ''}`);
  return stringValue(minutes !== 0 ? `${minutes}:${ss ?? ''}` : String(total % 60));
}

export const TIMES: FunctionTable = {
  abstime: ofValues(0, 2, absTime),
  currenttime: ofNow(localTime),
  daytime: ofNow(secondsOfDay),
  formattime: formatTime,
  getdayofmonth: field({ ofTime: ({ day }) => day }),
  getdayofweek: field({ ofTime: (time) => dayOfWeek(dayNumber(time)) }),
  getdayofyear: field({ ofTime: (time) => dayNumber(time) - daysSinceEpoch(time.year, 1, 1) }),
  getdays: field({ ofSpan: (span) => span / DAY }),
  gethours: field({ ofTime: ({ hours }) => hours, ofSpan: (span) => (span % DAY) / 3600 }),
  getminutes: field({ ofTime: ({ minutes }) => minutes, ofSpan: (span) => (span % 3600) / 60 }),
  getmonth: field({ ofTime: ({ month }) => month }),
  getseconds: field({ ofTime: ({ seconds }) => seconds, ofSpan: (span) => span % 60 }),
  getyear: field({ ofTime: ({ year }) => year }),
  interval: ofValue(interval),
  reltime: ofValue(relTime),
  splittime: ofValue(splitTime),
  time: ofNow((seconds) => integerValue(seconds)),
  timezoneoffset: ofNow((seconds, host) => ({
    type: 'relativeTime',
    seconds: host.utcOffset(seconds),
  })),
};
