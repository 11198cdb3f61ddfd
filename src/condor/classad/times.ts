/**
 * Points in time and spans of time: the calendar, and the texts that `absTime("…")` and
 * `relTime("…")` read and print. Pure: local time is the caller's to know.
 *
 * Source: the manual's "ClassAd Syntax" and "Predefined Functions"; `classad_eval`.
 */
import { formatG, scanReal } from './numbers';
import { isSpace } from './text';

const DAY = 86_400;

/** No text of a time is longer; what is, need not be read. */
const MAX_TEXT = 1000;

/** The parts of an instant, in the proleptic Gregorian calendar. Months and days count from 1. */
export interface CalendarTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Days from 1970-01-01; months and days outside their ranges count on, as with mktime(). */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  const monthsSinceMarch = year * 12 + (month - 3);
  const shiftedYear = Math.floor(monthsSinceMarch / 12);
  const shiftedMonth = monthsSinceMarch - shiftedYear * 12;
  const leapDays =
    Math.floor(shiftedYear / 4) - Math.floor(shiftedYear / 100) + Math.floor(shiftedYear / 400);
  // 153 days in five months from March on; 719,469 days from 0000-03-01 to 1970-01-02.
  return shiftedYear * 365 + leapDays + Math.floor((153 * shiftedMonth + 2) / 5) + day - 719_469;
}

/** Seconds since the epoch of a calendar time in UTC; parts outside their ranges count on. */
export function secondsSinceEpoch(time: CalendarTime): number {
  const days = daysSinceEpoch(time.year, time.month, time.day);
  return days * DAY + time.hours * 3600 + time.minutes * 60 + time.seconds;
}

/** The calendar time in UTC of seconds since the epoch. */
export function calendarTime(seconds: number): CalendarTime {
  const days = Math.floor(seconds / DAY);
  const rest = seconds - days * DAY;
  const { year, month, day } = calendarDay(days);
  return {
    year,
    month,
    day,
    hours: Math.floor(rest / 3600),
    minutes: Math.floor((rest % 3600) / 60),
    seconds: rest % 60,
  };
}

function calendarDay(daysSince1970: number): { year: number; month: number; day: number } {
  // An estimate that is at most a year off, and then the year that holds the day.
  let year = 1970 + Math.floor(daysSince1970 / 365.2425);
  while (daysSinceEpoch(year, 1, 1) > daysSince1970) year -= 1;
  while (daysSinceEpoch(year + 1, 1, 1) <= daysSince1970) year += 1;
  let month = 12;
  while (daysSinceEpoch(year, month, 1) > daysSince1970) month -= 1;
  return { year, month, day: daysSince1970 - daysSinceEpoch(year, month, 1) + 1 };
}

/** A text that `absTime()` read: the zone is absent where the text names none. */
export interface ParsedTime {
  /** Seconds since the epoch, if the text were in UTC. */
  readonly seconds: number;
  /** The named offset from UTC in seconds. */
  readonly offset: number | undefined;
}

/**
 * Reads `2003-01-25T09:00:00-06:00`, in all its variants: what is between the numbers does not
 * matter, and all after the year may be absent. undefined: this is no time.
 */
export function parseAbsoluteTime(text: string): ParsedTime | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const { rest, offset } = takeZone(text);
  const year = takeDigits(rest, 0, 4);
  if (year === undefined) return undefined;
  const parts: number[] = [];
  let at = year.end;
  for (;;) {
    const part = parts.length < 5 ? takeDigits(rest, at, 2) : undefined;
    if (part === undefined) break;
    parts.push(part.value);
    at = part.end;
  }
  if (/\d/.test(rest.slice(at))) return undefined;
  // An absent day is 0, the last of the month before: so it is in HTCondor.
  const [month = 1, day = 0, hours = 0, minutes = 0, seconds = 0] = parts;
  const utc = { year: year.value, month, day, hours, minutes, seconds };
  return { seconds: secondsSinceEpoch(utc), offset };
}

function takeZone(text: string): { rest: string; offset: number | undefined } {
  const zulu = /^(.+)[zZ]([ \t-\r]*)$/s.exec(text);
  if (zulu !== null) return { rest: `${zulu[1] ?? ''}${zulu[2] ?? ''}`, offset: 0 };
  const zone = /([+-])(\d\d):?(\d\d)$/.exec(text);
  if (zone === null || zone.index === 0) return { rest: text, offset: undefined };
  const offset = Number(zone[2]) * 3600 + Number(zone[3]) * 60;
  return { rest: text.slice(0, zone.index), offset: zone[1] === '-' ? 0 - offset : offset };
}

/** The next `count` characters from the next digit on, as a number (as atoi() reads them). */
function takeDigits(
  text: string,
  from: number,
  count: number,
): { value: number; end: number } | undefined {
  let at = from;
  while (at < text.length && !isDigit(text.charAt(at))) at += 1;
  if (at > text.length - count) return undefined;
  const digits = /^\d+/.exec(text.slice(at, at + count))?.[0] ?? '0';
  return { value: Number(digits), end: at + count };
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/**
 * Reads `[-][[[days+]hh:]mm:]ss[.fff]`, also with the units d, h, m and s in the place of the
 * marks, from its end backwards. In seconds; undefined: this is no span of time.
 */
export function parseRelativeTime(text: string): number | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const reader = new BackwardReader(text);
  let seconds = 0;
  if (reader.nextIs('sS0123456789')) {
    if (reader.nextIs('sS')) reader.skip();
    seconds = scanReal(reader.number(true)).value;
  }
  const minutes = reader.nextIs('mM:') ? reader.unit() : 0;
  const hours = reader.nextIs('hH:') ? reader.unit() : 0;
  const days = reader.nextIs('dD+') ? reader.unit() : 0;
  const negative = reader.nextIs('-');
  if (negative) reader.skip();
  if (!reader.atStart()) return undefined;
  const total = days * DAY + hours * 3600 + minutes * 60 + seconds;
  return negative ? 0 - total : total;
}

/** Reads a text from its end to its start; white space is skipped before each thing. */
class BackwardReader {
  private end: number;

  constructor(private readonly text: string) {
    this.end = text.length;
  }

  nextIs(characters: string): boolean {
    this.skipSpace();
    return this.end > 0 && characters.includes(this.text.charAt(this.end - 1));
  }

  skip(): void {
    this.end -= 1;
    this.skipSpace();
  }

  atStart(): boolean {
    this.skipSpace();
    return this.end === 0;
  }

  /** Skips the mark of a unit, and reads the number before it. */
  unit(): number {
    this.skip();
    const value = Number(this.number(false));
    return value < 2 ** 31 ? value : 0;
  }

  number(withFraction: boolean): string {
    const stop = this.end;
    this.digits();
    if (withFraction && this.end > 0 && this.text.charAt(this.end - 1) === '.') {
      this.end -= 1;
      this.digits();
    }
    return this.text.slice(this.end, stop);
  }

  private digits(): void {
    while (this.end > 0 && isDigit(this.text.charAt(this.end - 1))) this.end -= 1;
  }

  private skipSpace(): void {
    while (this.end > 0 && isSpace(this.text.charAt(this.end - 1))) this.end -= 1;
  }
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** An instant as `absTime()` reads it. UTC itself is printed as `-00:00`, as HTCondor does. */
export function printAbsoluteTime(seconds: number, offset: number): string {
  const time = calendarTime(seconds + offset);
  const size = Math.abs(offset);
  const zone = `${offset > 0 ? '+' : '-'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}`;
  const date = `${String(time.year)}-${two(time.month)}-${two(time.day)}`;
  return `${date}T${two(time.hours)}:${two(time.minutes)}:${two(time.seconds)}${zone}`;
}

/** The parts of a span of time that is not negative. */
export function splitSpan(span: number): {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
} {
  const whole = Math.floor(span);
  return {
    days: Math.floor(whole / DAY),
    hours: Math.floor((whole % DAY) / 3600),
    minutes: Math.floor((whole % 3600) / 60),
    seconds: (whole % 60) + (span - whole),
  };
}

/** A span of time as `relTime()` reads it: `1+02:03:04.5`, with no more than it needs. */
export function printRelativeTime(span: number): string {
  const size = Math.abs(span);
  const { days, hours, minutes, seconds } = splitSpan(size);
  const fraction = size !== Math.floor(size);
  const last = fraction ? printSeconds(seconds) : two(seconds);
  const sign = span < 0 ? '-' : '';
  if (days !== 0) return `${sign}${String(days)}+${two(hours)}:${two(minutes)}:${last}`;
  if (hours !== 0) return `${sign}${two(hours)}:${two(minutes)}:${last}`;
  if (minutes !== 0) return `${sign}${two(minutes)}:${last}`;
  return `${sign}${last}`;
}

/** As printf's `%02g`. */
function printSeconds(seconds: number): string {
  return seconds === 0 ? '00' : formatG(seconds, 6).toLowerCase().padStart(2, '0');
}
