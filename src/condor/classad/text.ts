/**
 * Strings as HTCondor sees them: bytes. An ad is a text here, as src/byte-text.ts makes one of bytes;
 * functions that count or compare do so in bytes.
 */
import { fromBytes, toBytes } from '../../byte-text';

export { fromBytes, toBytes };

const NON_ASCII = /[^\u0000-\u007f]/;
const SURROGATE = /[\ud800-\udfff]/;

/** The length of a text in bytes. */
export function byteLength(text: string): number {
  return NON_ASCII.test(text) ? toBytes(text).length : text.length;
}

/** A part of a text, counted in bytes. */
export function sliceBytes(text: string, start: number, end: number): string {
  return NON_ASCII.test(text)
    ? fromBytes(toBytes(text).subarray(start, end))
    : text.slice(start, end);
}

/** As strcmp(): -1, 0 or 1 by the first byte that differs. */
export function compareBytes(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  // Where a UTF-16 comparison would put a surrogate pair before U+E000.
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareArrays(toBytes(a), toBytes(b));
  return a < b ? -1 : 1;
}

function compareArrays(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  if (a.length === b.length) return 0;
  return a.length < b.length ? -1 : 1;
}

/** As strcasecmp() in the C locale: letters outside ASCII differ by case. */
export function compareIgnoringCase(a: string, b: string): -1 | 0 | 1 {
  return compareBytes(asciiLowerCase(a), asciiLowerCase(b));
}

/** Lower case for A to Z only, as tolower() in the C locale. */
export function asciiLowerCase(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase();
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Upper case for a to z only, as toupper() in the C locale. */
export function asciiUpperCase(text: string): string {
  if (!NON_ASCII.test(text)) return text.toUpperCase();
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** White space as isspace() in the C locale has it. */
export function isSpace(character: string): boolean {
  return character === ' ' || (character >= '\t' && character <= '\r' && character.length === 1);
}
