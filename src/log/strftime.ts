/**
 * The time at the head of a log line, in the words of strftime(3) in the C locale, without its
 * flags and widths.
 */
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS =
  'January February March April May June July August September October November December';

const CONVERSIONS: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => dayName(date).slice(0, 3),
  A: (date) => dayName(date),
  b: (date) => monthName(date).slice(0, 3),
  B: (date) => monthName(date),
  c: (date) => strftime('%a %b %e %H:%M:%S %Y', date),
  C: (date) => two(Math.floor(date.getFullYear() / 100)),
  d: (date) => two(date.getDate()),
  D: (date) => strftime('%m/%d/%y', date),
  e: (date) => String(date.getDate()).padStart(2),
  F: (date) => strftime('%Y-%m-%d', date),
  h: (date) => monthName(date).slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  n: () => '\n',
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  r: (date) => strftime('%I:%M:%S %p', date),
  R: (date) => strftime('%H:%M', date),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => two(date.getSeconds()),
  t: () => '\t',
  T: (date) => strftime('%H:%M:%S', date),
  u: (date) => String(date.getDay() || 7),
  w: (date) => String(date.getDay()),
  x: (date) => strftime('%m/%d/%y', date),
  X: (date) => strftime('%H:%M:%S', date),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  z: offset,
  Z: zoneName,
  '%': () => '%',
};

/** A point in time, local, in the given format. A conversion that is not known stays as it is. */
export function strftime(format: string, date: Date): string {
  return format.replace(/%(.)/gs, (whole, letter: string) => {
    return Object.hasOwn(CONVERSIONS, letter) ? (CONVERSIONS[letter]?.(date) ?? whole) : whole;
  });
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function dayName(date: Date): string {
  return DAYS[date.getDay()] ?? '';
}

function monthName(date: Date): string {
  return MONTHS.split(' ')[date.getMonth()] ?? '';
}

function dayOfYear(date: Date): number {
  const midnights = [
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()),
    Date.UTC(date.getFullYear(), 0, 0),
  ] as const;
  return (midnights[0] - midnights[1]) / 86_400_000;
}

/** `+0100`: east of Greenwich is positive, where JavaScript has it negative. */
function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const absolute = Math.abs(minutes);
  return (minutes < 0 ? '-' : '+') + two(Math.floor(absolute / 60)) + two(absolute % 60);
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
