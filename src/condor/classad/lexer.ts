/**
 * Cuts a text into tokens.
 *
 * Both syntaxes share everything but strings: in the old one a backslash is a backslash, but before
 * a quote, which it then makes a part of the string; unless that quote is the last thing of the
 * line, where it ends the string.
 *
 * As in HTCondor's tools (without STRICT_CLASSAD_EVALUATION) an integer must not start with 0:
 * there is no octal or hexadecimal notation. Nor is there a notation with a factor (`10K`).
 */
import { type BinaryOperator, PRECEDENCE } from './expression';
import { readEscapes } from './string-escapes';
import { asciiLowerCase, isSpace } from './text';

export type Token =
  | { readonly type: 'end' }
  | { readonly type: 'name'; readonly text: string }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'real'; readonly value: number }
  | { readonly type: 'keyword'; readonly text: 'true' | 'false' | 'undefined' | 'error' }
  | { readonly type: 'operator'; readonly text: BinaryOperator | '!' | '~' }
  | { readonly type: 'mark'; readonly text: string };

/** Where and why a text cannot be cut; an exception inside this room, never outside. */
export class SyntaxTrouble extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

const KEYWORDS = new Map<string, Token>([
  ['true', { type: 'keyword', text: 'true' }],
  ['false', { type: 'keyword', text: 'false' }],
  ['undefined', { type: 'keyword', text: 'undefined' }],
  ['error', { type: 'keyword', text: 'error' }],
  ['is', { type: 'operator', text: '=?=' }],
  ['isnt', { type: 'operator', text: '=!=' }],
]);

const END: Token = { type: 'end' };
const MARKS = '()[]{},;:?=.';
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** A minus sign belongs to a number where no operand stands before it; the lexer knows. */
const NUMBER = /-?(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d*)?/y;

export class Lexer {
  /** Where the current token starts. */
  start = 0;
  token: Token = END;
  private at: number;
  private readonly limit: number;

  /** @param span the part of the text to read; offsets are those of the whole text. */
  constructor(
    private readonly text: string,
    private readonly syntax: 'old' | 'new',
    span: { start: number; end: number },
  ) {
    this.at = span.start;
    this.limit = span.end;
    this.advance();
  }

  /** Goes to the next token. */
  advance(): void {
    const afterOperand = endsOperand(this.token);
    this.skipSpaceAndComments();
    this.start = this.at;
    this.token = this.read(afterOperand);
  }

  private peek(ahead = 0): string {
    const at = this.at + ahead;
    return at < this.limit ? this.text.charAt(at) : '';
  }

  private skipSpaceAndComments(): void {
    for (;;) {
      while (this.at < this.limit && isSpace(this.text.charAt(this.at))) this.at += 1;
      if (this.peek() !== '/') return;
      if (this.peek(1) === '/') {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.limit : Math.min(end, this.limit);
      } else if (this.peek(1) === '*') {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0 || end + 2 > this.limit) {
          throw new SyntaxTrouble(this.at, 'this comment is never closed: expected */');
        }
        this.at = end + 2;
      } else return;
    }
  }

  private read(afterOperand: boolean): Token {
    const character = this.peek();
    if (character === '') return END;
    if (character === '"' || character === "'") return this.readQuoted(character);
    if (isNumberStart(character, this.peek(1), this.peek(2), afterOperand)) {
      return this.readNumber();
    }
    WORD.lastIndex = this.at;
    const word = WORD.exec(this.text)?.[0];
    if (word !== undefined) {
      this.at += word.length;
      return KEYWORDS.get(asciiLowerCase(word)) ?? { type: 'name', text: word };
    }
    return this.readOperator(character);
  }

  private readOperator(character: string): Token {
    for (const length of [3, 2, 1]) {
      const text = this.text.slice(this.at, Math.min(this.at + length, this.limit));
      if (text.length === length && (Object.hasOwn(PRECEDENCE, text) || /^[!~]$/.test(text))) {
        this.at += length;
        return { type: 'operator', text: text as BinaryOperator };
      }
    }
    if (!MARKS.includes(character)) {
      const shown = JSON.stringify(String.fromCodePoint(this.text.codePointAt(this.at) ?? 0));
      throw new SyntaxTrouble(this.at, `unexpected character ${shown}`);
    }
    this.at += 1;
    return { type: 'mark', text: character };
  }

  private readNumber(): Token {
    NUMBER.lastIndex = this.at;
    const [text = '', fraction, bareFraction, exponent] = NUMBER.exec(this.text) ?? [];
    this.at += text.length;
    if (fraction === '.') throw new SyntaxTrouble(this.start, `expected a digit after ${text}`);
    if (exponent !== undefined && !/\d$/.test(exponent)) {
      throw new SyntaxTrouble(this.start, `expected the digits of an exponent after ${text}`);
    }
    if (fraction !== undefined || bareFraction !== undefined || exponent !== undefined) {
      return { type: 'real', value: Number(text) };
    }
    const digits = text.replace('-', '');
    if (/^0\d/.test(digits) || (digits === '0' && /[xX]/.test(this.peek()))) {
      throw new SyntaxTrouble(
        this.start,
        'an integer is written in decimal, without a leading 0: there is no octal or hexadecimal',
      );
    }
    const value = BigInt(text);
    // HTCondor reads what does not fit into 64 bits as 0.
    return { type: 'integer', value: BigInt.asIntN(64, value) === value ? value : 0n };
  }

  private readQuoted(quote: string): Token {
    const text = this.syntax === 'new' ? this.readNewString(quote) : this.readOldString(quote);
    if (quote === '"') return { type: 'string', text };
    if (text === '') throw new SyntaxTrouble(this.start, 'an attribute name must not be empty');
    return { type: 'name', text };
  }

  /** Neighbours are joined: `"a" "b"` is `"ab"`, and escapes are read only then. */
  private readNewString(quote: string): string {
    let raw = '';
    do {
      const end = this.closingQuote(quote);
      raw += this.text.slice(this.at + 1, end);
      this.at = end + 1;
      let next = this.at;
      while (next < this.limit && isSpace(this.text.charAt(next))) next += 1;
      if (this.text.charAt(next) === quote && next < this.limit) this.at = next;
    } while (this.peek() === quote);
    const text = readEscapes(raw);
    if (text === undefined) {
      throw new SyntaxTrouble(this.start, 'a string cannot hold a NUL (\\0)');
    }
    return text;
  }

  private closingQuote(quote: string): number {
    for (let at = this.at + 1; at < this.limit; at += 1) {
      const character = this.text.charAt(at);
      if (character === quote) return at;
      if (character === '\\') at += 1;
    }
    throw new SyntaxTrouble(this.start, `this string is never closed: expected ${quote}`);
  }

  private readOldString(quote: string): string {
    let text = '';
    let from = this.at + 1;
    for (;;) {
      const end = this.text.indexOf(quote, from);
      if (end < 0 || end >= this.limit) {
        throw new SyntaxTrouble(this.start, `this string is never closed: expected ${quote}`);
      }
      const last = end + 1 >= this.limit || this.text.charAt(end + 1) === '\n';
      if (end === from || this.text.charAt(end - 1) !== '\\' || last) {
        this.at = end + 1;
        return text + this.text.slice(from, end);
      }
      text += this.text.slice(from, end - 1) + quote;
      from = end + 1;
    }
  }
}

/** After an operand a minus sign subtracts; elsewhere it may start a negative number. */
function endsOperand(token: Token): boolean {
  switch (token.type) {
    case 'end':
    case 'operator':
      return false;
    case 'mark':
      return ').]}'.includes(token.text);
    default:
      return true;
  }
}

function isNumberStart(
  first: string,
  second: string,
  third: string,
  afterOperand: boolean,
): boolean {
  if (isDigit(first)) return true;
  if (first === '.') return isDigit(second);
  if (first !== '-' || afterOperand) return false;
  return isDigit(second) || (second === '.' && isDigit(third));
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
