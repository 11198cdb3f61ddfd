/** Escapes that stand for one byte, outside and inside of classes. */
import { type Cursor, PatternTrouble } from './cursor';

const CONTROLS: Readonly<Record<string, number>> = {
  a: 0x07,
  e: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

/**
 * Reads the escape of one byte; the cursor stands behind the backslash. undefined: it is another
 * escape, and the cursor has not moved.
 */
export function readByteEscape(cursor: Cursor): number | undefined {
  const letter = cursor.peek();
  const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined;
  if (control !== undefined) {
    cursor.next();
    return control;
  }
  switch (letter) {
    case 'c':
      cursor.next();
      return controlByte(cursor.next());
    case 'o':
      return inRange(cursor.match(/o\{([0-7]+)\}/y)?.[1], 8);
    case 'x':
      return hexadecimal(cursor);
    default:
      if (/[0-9A-Za-z]/.test(letter)) return undefined;
      return cursor.next().charCodeAt(0);
  }
}

/** Up to three octal digits, the first of which is the next character. */
export function readOctal(cursor: Cursor): number {
  return inRange(cursor.match(/[0-7]{1,3}/y)?.[0], 8);
}

function hexadecimal(cursor: Cursor): number {
  const braced = cursor.match(/x\{([0-9A-Fa-f]+)\}/y);
  if (braced !== undefined) return inRange(braced[1], 16);
  const digits = cursor.match(/x([0-9A-Fa-f]{1,2})/y)?.[1];
  if (digits === undefined) throw new PatternTrouble('\\x is followed by hexadecimal digits');
  return Number.parseInt(digits, 16);
}

function controlByte(character: string): number {
  if (!/[ -~]/.test(character))
    throw new PatternTrouble('\\c is followed by a printable character');
  return character.toUpperCase().charCodeAt(0) ^ 0x40;
}

function inRange(digits: string | undefined, radix: number): number {
  const code = Number.parseInt(digits ?? '', radix);
  if (!(code <= 0xff)) throw new PatternTrouble('a character code is at most 0xff');
  return code;
}
