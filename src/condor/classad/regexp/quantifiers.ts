/** Quantifiers: how often something may be repeated. */
import { type Cursor, PatternTrouble } from './cursor';

/** PCRE2's own limit. */
const MAX_REPEAT = 65_535;

const BRACES = /\{ *(?:(\d+) *(, *(\d*) *)?|, *(\d+) *)\}/y;

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Reads `*`, `+`, `?` or `{2,5}`; undefined: there is none. Other braces are characters. */
export function readQuantifier(cursor: Cursor): Bounds | undefined {
  if (cursor.take('*')) return { least: 0, most: Infinity };
  if (cursor.take('+')) return { least: 1, most: Infinity };
  if (cursor.take('?')) return { least: 0, most: 1 };
  const braces = cursor.match(BRACES);
  if (braces === undefined) return undefined;
  const [, first, comma, last, only] = braces;
  const least = Number(first ?? 0);
  const upper = only ?? (comma === undefined ? first : last);
  const most = upper === undefined || upper === '' ? Infinity : Number(upper);
  if (most < least) throw new PatternTrouble('a quantifier counts from more to less');
  if (least > MAX_REPEAT || (most > MAX_REPEAT && most !== Infinity)) {
    throw new PatternTrouble(`a quantifier counts to ${MAX_REPEAT} at most`);
  }
  return { least, most };
}
