/**
 * Strings as HTCondor sees them: bytes. An ad is a text here, decoded as UTF-8; a byte that is not
 * UTF-8 becomes the lone surrogate U+DC80..U+DCFF (as Python's `surrogateescape` does), so that it
 * comes out again as it went in. Functions that count or compare do so in bytes.
 */

const NON_ASCII = /[^\u0000-\u007f]/;
const SURROGATE = /[\ud800-\udfff]/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a text. */
export function toBytes(text: string): Uint8Array {
  if (!SURROGATE.test(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

/** The text of bytes, whatever they are. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return fromMixedBytes(bytes);
  }
}

function fromMixedBytes(bytes: Uint8Array): string {
  const parts: string[] = [];
  let valid = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(decoder.decode(bytes.subarray(valid, at)));
      parts.push(String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
      valid = at + 1;
    }
    at += length || 1;
  }
  parts.push(decoder.decode(bytes.subarray(valid)));
  return parts.join('');
}

/** How long the UTF-8 sequence is that starts here; 0: none does. RFC 3629, section 4. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

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
