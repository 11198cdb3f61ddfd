/** Numbers as C has them: conversions that truncate, strtod(), and printf's %E and %G. */

const INT64_MIN = -(2n ** 63n);

/** A real cut to a 64-bit integer. What does not fit gives the lowest one, as x86-64 does. */
export function realToInt64(real: number): bigint {
  if (!(real >= -(2 ** 63) && real < 2 ** 63)) return INT64_MIN;
  return BigInt(Math.trunc(real));
}

/** A real cut to a 32-bit integer. What does not fit gives the lowest one, as x86-64 does. */
export function realToInt32(real: number): number {
  const whole = Math.trunc(real);
  return whole >= -(2 ** 31) && whole < 2 ** 31 ? whole + 0 : -(2 ** 31);
}

/** The low 32 bits of an integer, where HTCondor keeps it in an `int`. */
export function int64ToInt32(integer: bigint): number {
  return Number(BigInt.asIntN(32, integer));
}

const DECIMAL = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const HEXADECIMAL = /^0[xX](?:([\da-fA-F]+)\.?([\da-fA-F]*)|\.([\da-fA-F]+))(?:[pP]([+-]?\d+))?/;
const NAMED = /^(?:inf(?:inity)?|(nan)(?:\(\w*\))?)/i;

/**
 * The number at the start of a text, as strtod() finds it (decimal, hexadecimal, infinity, NaN;
 * white space may come first). `length` is what it takes of the text; 0: there is no number.
 */
export function scanReal(text: string): { value: number; length: number } {
  const before = /^[ \t-\r]*[+-]?/.exec(text)?.[0] ?? '';
  const rest = text.slice(before.length);
  const sign = before.endsWith('-') ? -1 : 1;
  const hexadecimal = HEXADECIMAL.exec(rest);
  if (hexadecimal !== null) {
    const value = hexadecimalValue(hexadecimal);
    return { value: sign * value, length: before.length + hexadecimal[0].length };
  }
  const decimal = DECIMAL.exec(rest);
  if (decimal !== null) {
    return { value: sign * Number(decimal[0]), length: before.length + decimal[0].length };
  }
  const named = NAMED.exec(rest);
  if (named !== null) {
    const value = named[1] === undefined ? Infinity : NaN;
    return { value: sign * value, length: before.length + named[0].length };
  }
  return { value: 0, length: 0 };
}

function hexadecimalValue(match: RegExpExecArray): number {
  const whole = match[1] ?? '';
  const fraction = match[2] ?? match[3] ?? '';
  const mantissa = BigInt(`0x0${whole}${fraction}`);
  const exponent = Number(match[4] ?? 0) - 4 * fraction.length;
  return Number(mantissa) * 2 ** exponent;
}

/** The decimal digits of a finite positive number, rounded: `0.d1 d2 d3… x 10^(exponent + 1)`. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/**
 * Rounds to `count` digits, a tie to the even digit, as printf() does; JavaScript's own functions
 * round a tie up.
 */
function decimal(value: number, count: number): Decimal {
  const rounded = split(value.toExponential(count - 1));
  if (!/^50*$/.test(split(value.toExponential(count + 7)).digits.slice(count))) return rounded;
  // 100 digits tell a tie from what comes close to one: no double comes closer.
  const exact = split(value.toExponential(100));
  const kept = exact.digits.slice(0, count);
  const isTie = /^50*$/.test(exact.digits.slice(count));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? { ...exact, digits: kept } : rounded;
}

function split(exponential: string): Decimal {
  const [mantissa = '', exponent = '0'] = exponential.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function exponentText(exponent: number): string {
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${exponent < 0 ? '-' : '+'}${size}`;
}

/** A finite number as printf's `%.{precision}E` prints it. */
export function formatE(value: number, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { digits, exponent } = decimal(Math.abs(value), precision + 1);
  return `${sign}${digits.charAt(0)}.${digits.slice(1)}E${exponentText(exponent)}`;
}

/** A finite number as printf's `%.{precision}G` prints it. */
export function formatG(value: number, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { digits, exponent } = decimal(Math.abs(value), precision);
  if (exponent < -4 || exponent >= precision) {
    const fraction = digits.slice(1).replace(/0+$/, '');
    const point = fraction === '' ? '' : `.${fraction}`;
    return `${sign}${digits.charAt(0)}${point}E${exponentText(exponent)}`;
  }
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits;
  const pointAt = Math.max(exponent, 0) + 1;
  const fraction = padded.slice(pointAt).replace(/0+$/, '');
  return `${sign}${padded.slice(0, pointAt)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Rounds to the nearest whole number, a tie to the even one, as rint() does. */
export function roundToEven(value: number): number {
  const lower = Math.floor(value);
  const rest = value - lower;
  if (rest !== 0.5) return rest < 0.5 ? lower : lower + 1;
  return lower % 2 === 0 ? lower : lower + 1;
}
