/**
 * strftime(3) of the GNU C library in the C locale, with its flags (`_ - 0 ^ #`) and widths.
 * The time zone is UTC by name, since HTCondor hands it times without one.
 */
import { type CalendarTime, daysSinceEpoch } from '../times';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Conversions that stand for others. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** The longest field that a width may ask for. */
const MAX_WIDTH = 1000;

const CONVERSION = /%([_\-0^#]*)(\d*)[EO]?([a-zA-Z%+])/g;

interface Moment extends CalendarTime {
  readonly weekday: number;
  /** The day of the year, from 0. */
  readonly yearDay: number;
  readonly epoch: number;
}

/**
 * A calendar time as text.
 *
 * @param utcOffset offset from UTC in seconds: `%s` takes the time for local time, as mktime() does.
 */
export function formatCalendarTime(time: CalendarTime, format: string, utcOffset: number): string {
  const day = daysSinceEpoch(time.year, time.month, time.day);
  const moment: Moment = {
    ...time,
    weekday: (((day + 4) % 7) + 7) % 7,
    yearDay: day - daysSinceEpoch(time.year, 1, 1),
    epoch: day * 86_400 + time.hours * 3600 + time.minutes * 60 + time.seconds - utcOffset,
  };
  return expand(moment, format);
}

function expand(moment: Moment, format: string): string {
  return format.replace(
    CONVERSION,
    (whole: string, flags: string, width: string, conversion: string) => {
      const composed = COMPOSED[conversion];
      if (composed !== undefined) {
        const text = expand(moment, composed);
        return pad(flags.includes('^') ? text.toUpperCase() : text, flags, width, ' ');
      }
      const number = numberField(moment, conversion);
      if (number !== undefined) return printNumber(number, flags, width);
      const text = textField(moment, conversion);
      return text === undefined ? whole : pad(cased(text, flags, conversion), flags, width, ' ');
    },
  );
}

/** A number, how many digits it has at least, and what fills them up. */
interface NumberField {
  readonly value: number;
  readonly digits: number;
  readonly fill: '0' | ' ';
}

function zeros(value: number, digits = 2): NumberField {
  return { value, digits, fill: '0' };
}

function spaces(value: number): NumberField {
  return { value, digits: 2, fill: ' ' };
}

function numberField(moment: Moment, conversion: string): NumberField | undefined {
  const twelve = moment.hours % 12 === 0 ? 12 : moment.hours % 12;
  switch (conversion) {
    case 'C':
      return zeros(Math.floor(moment.year / 100));
    case 'd':
      return zeros(moment.day);
    case 'e':
      return spaces(moment.day);
    case 'g':
      return zeros(isoWeek(moment).year % 100);
    case 'G':
      return zeros(isoWeek(moment).year, 1);
    case 'H':
      return zeros(moment.hours);
    case 'I':
      return zeros(twelve);
    case 'j':
      return zeros(moment.yearDay + 1, 3);
    case 'k':
      return spaces(moment.hours);
    case 'l':
      return spaces(twelve);
    case 'm':
      return zeros(moment.month);
    case 'M':
      return zeros(moment.minutes);
    default:
      return moreNumberFields(moment, conversion);
  }
}

function moreNumberFields(moment: Moment, conversion: string): NumberField | undefined {
  const { weekday, yearDay } = moment;
  switch (conversion) {
    case 's':
      return zeros(moment.epoch, 1);
    case 'S':
      return zeros(moment.seconds);
    case 'u':
      return zeros(weekday === 0 ? 7 : weekday, 1);
    case 'U':
      return zeros(Math.floor((yearDay + 7 - weekday) / 7));
    case 'V':
      return zeros(isoWeek(moment).week);
    case 'w':
      return zeros(weekday, 1);
    case 'W':
      return zeros(Math.floor((yearDay + 7 - ((weekday + 6) % 7)) / 7));
    case 'y':
      return zeros(((moment.year % 100) + 100) % 100);
    case 'Y':
      return zeros(moment.year, 1);
    default:
      return undefined;
  }
}

function textField(moment: Moment, conversion: string): string | undefined {
  switch (conversion) {
    case 'a':
      return (DAYS[moment.weekday] ?? '?').slice(0, 3);
    case 'A':
      return DAYS[moment.weekday] ?? '?';
    case 'b':
    case 'h':
      return (MONTHS[moment.month - 1] ?? '?').slice(0, 3);
    case 'B':
      return MONTHS[moment.month - 1] ?? '?';
    case 'n':
      return '\n';
    case 'p':
      return moment.hours >= 12 ? 'PM' : 'AM';
    case 'P':
      return moment.hours >= 12 ? 'pm' : 'am';
    case 't':
      return '\t';
    case 'z':
      return '+0000';
    case 'Z':
      return 'UTC';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

/** The week of ISO 8601: it belongs to the year that its Thursday is in. */
function isoWeek({ year, yearDay, weekday }: Moment): { year: number; week: number } {
  const thursday = yearDay + 3 - ((weekday + 6) % 7);
  if (thursday < 0) {
    const days = daysSinceEpoch(year, 1, 1) - daysSinceEpoch(year - 1, 1, 1);
    return { year: year - 1, week: Math.floor((thursday + days) / 7) + 1 };
  }
  const days = daysSinceEpoch(year + 1, 1, 1) - daysSinceEpoch(year, 1, 1);
  return thursday >= days
    ? { year: year + 1, week: Math.floor((thursday - days) / 7) + 1 }
    : { year, week: Math.floor(thursday / 7) + 1 };
}

function printNumber({ value, digits, fill }: NumberField, flags: string, width: string): string {
  const flag = fillFlag(flags);
  const filler = flag === '_' ? ' ' : flag === '0' ? '0' : fill;
  const size = flag === '-' ? 0 : Math.max(digits, Math.min(Number(width), MAX_WIDTH));
  const sign = value < 0 ? '-' : '';
  const text = String(Math.abs(value));
  return filler === '0'
    ? sign + text.padStart(size - sign.length, '0')
    : (sign + text).padStart(size, ' ');
}

/** Of several flags that fill, the last one counts. */
function fillFlag(flags: string): string | undefined {
  return /[_\-0](?=[^_\-0]*$)/.exec(flags)?.[0];
}

function pad(text: string, flags: string, width: string, fill: string): string {
  const filler = fillFlag(flags) === '0' ? '0' : fill;
  return text.padStart(Math.min(Number(width), MAX_WIDTH), filler);
}

/** `^` makes capitals; `#` changes the case: capitals, but for what is in capitals already. */
function cased(text: string, flags: string, conversion: string): string {
  if (flags.includes('#'))
    return 'pZ'.includes(conversion) ? text.toLowerCase() : text.toUpperCase();
  return flags.includes('^') ? text.toUpperCase() : text;
}
