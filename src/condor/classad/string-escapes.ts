/** The escapes of strings in the new syntax. */
import { fromBytes, toBytes } from './text';

const ESCAPED = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

const NAMES = new Map([...ESCAPED].map(([name, character]) => [character, `\\${name}`]));

/** A backslash and what belongs to it: up to three octal digits of at most \377, or a character. */
const ESCAPE = /\\(?:([0-3][0-7]{0,2}|[4-7][0-7]?)|([^]))/gu;

/** What a string holds that is written like this; undefined: a NUL, which no string can hold. */
export function readEscapes(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw;
  const text = raw.replace(ESCAPE, (_, octal?: string, character?: string) => {
    if (octal === undefined) return ESCAPED.get(character ?? '') ?? character ?? '';
    const byte = Number.parseInt(octal, 8);
    return String.fromCharCode(byte > 0x7f ? 0xdc00 + byte : byte);
  });
  if (text.includes('\0')) return undefined;
  // Escaped bytes may make up a UTF-8 sequence: "\303\251" is "é".
  return /[\udc80-\udcff]/.test(text) ? fromBytes(toBytes(text)) : text;
}

/** A text with everything escaped that is not printable ASCII, and the given quote. */
export function writeEscapes(text: string, quote: '"' | "'"): string {
  if (/^[ !#-&(-[\]-~]*$/.test(text)) return text;
  let written = '';
  for (const byte of toBytes(text)) {
    const character = String.fromCharCode(byte);
    if (character === quote || character === '\\') written += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) written += character;
    else written += NAMES.get(character) ?? `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return written;
}
