/** The ways in: texts to expressions and ads, or to an error with its place. */
import { err, ok, type Result } from '../../result';
import { AttributeList } from './attribute-list';
import type { Expression } from './expression';
import { SyntaxTrouble } from './lexer';
import { Parser } from './parser';
import { readEscapes } from './string-escapes';
import { isSpace } from './text';
import type { ParseError } from './types';

/** `old`: a line for each attribute. `new`: `[ a = 1; b = 2 ]`. */
export type Syntax = 'old' | 'new';

/**
 * Reads an expression.
 *
 * @param syntax decides about backslashes in strings only; expressions on their own are new.
 */
export function parseExpression(
  text: string,
  syntax: Syntax = 'new',
): Result<Expression, ParseError> {
  return guarded(text, () => new Parser(text, syntax).wholeExpression());
}

/**
 * Reads the attributes of an ad.
 *
 * In the old syntax empty lines and lines that begin with `#` are skipped, as HTCondor's tools do;
 * other than them, it is an error if something follows the expression on its line. Of two
 * attributes of one name the later one counts.
 *
 * @param syntax `auto`: new where the first character that is not white space is `[`.
 */
export function parseAttributes(
  text: string,
  syntax: Syntax | 'auto' = 'auto',
): Result<AttributeList, ParseError> {
  const isNew = syntax === 'new' || (syntax === 'auto' && /^[ \t-\r]*\[/.test(text));
  return guarded(text, () => (isNew ? new Parser(text, 'new').wholeAd() : parseLines(text)));
}

function guarded<T>(text: string, read: () => T): Result<T, ParseError> {
  try {
    return ok(read());
  } catch (trouble) {
    if (!(trouble instanceof SyntaxTrouble)) throw trouble;
    return err({ ...placeOf(text, trouble.offset), message: trouble.message });
  }
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  if (offset === 0) return { line: 1, column: 1 };
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(0, lineStart).split('\n').length;
  // A character outside the first plane is one column, though two units of the string.
  return { line, column: Array.from(text.slice(lineStart, offset)).length + 1 };
}

function parseLines(text: string): AttributeList {
  const ad = new AttributeList();
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline + 1;
    const line = lineContent(text, start, newline < 0 ? text.length : newline);
    if (line !== undefined) parseLine(text, line, ad);
    start = next;
  }
  return ad;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the content of a line is; undefined: there is none. */
function lineContent(text: string, from: number, to: number): Span | undefined {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return start === end || text.charAt(start) === '#' ? undefined : { start, end };
}

/**
 * What stands before the expression: any word, also `error` and, as in HTCondor, one with other
 * characters than letters and digits; or a name in single quotes.
 */
const ATTRIBUTE_NAME = /(?:([^\s='"()[\]{},;]+)|'((?:[^'\\\n]|\\.)+)')[ \t]*=/y;

function parseLine(text: string, { start, end }: Span, ad: AttributeList): void {
  ATTRIBUTE_NAME.lastIndex = start;
  const match = ATTRIBUTE_NAME.exec(text);
  const name = match?.[1] ?? readEscapes(match?.[2] ?? '') ?? '';
  if (match === null || name === '') {
    throw new SyntaxTrouble(start, 'expected NAME = EXPRESSION on this line');
  }
  const span = { start: start + match[0].length, end };
  ad.set(name, new Parser(text, 'old', span).wholeExpression());
}
