/** Durations and sizes as a person reads them. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** `3.1 ms`, `210 ms`, `7.25 s`, `4 min 05 s`, `26 h 01 min`. */
export function duration(seconds: number): string {
  const milliseconds = seconds * 1000;
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (seconds < MINUTE) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  return whole < HOUR
    ? `${Math.floor(whole / MINUTE)} min ${twoDigits(whole % MINUTE)} s`
    : `${Math.floor(whole / HOUR)} h ${twoDigits(Math.floor((whole % HOUR) / MINUTE))} min`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `0 B`, `12 KiB`, `3.4 MiB`: three figures at most, but for whole numbers below 1024. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const figures = unit === 0 || value >= 9.95 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(figures)} ${UNITS[unit] ?? ''}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
