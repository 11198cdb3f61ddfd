/**
 * Reads expressions: precedence climbing over the operators of {@link PRECEDENCE}.
 *
 *     expression  ::= binary | binary '?' expression ':' expression | binary '?' ':' expression
 *     unary       ::= { '-' | '+' | '!' | '~' } postfix
 *     postfix     ::= primary { '.' name | '[' expression ']' }
 *     primary     ::= literal | name | '.' name | name '(' parameters ')' | '(' expression ')'
 *                   | '{' items '}' | '[' attributes ']'
 *
 * Source: the manual's "ClassAd Syntax"; what is accepted beside it is what `classad_eval` accepts.
 */
import { AttributeList } from './attribute-list';
import { type BinaryOperator, type Expression, PRECEDENCE, type UnaryOperator } from './expression';
import { Lexer, SyntaxTrouble, type Token } from './lexer';
import { asciiLowerCase } from './text';
import { parseAbsoluteTime, parseRelativeTime } from './times';

/**
 * How deeply brackets, calls, operators of rising precedence and chains of `.a` or `[b]` may nest.
 * HTCondor 25 stops at 500 of its own functions; here it keeps hostile ads off the stack.
 */
export const MAX_NESTING = 400;

const UNARY_OPERATORS = '-+!~';
const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class Parser {
  private readonly lexer: Lexer;
  private nesting = 0;

  /** @param span the part of the text to read. @throws SyntaxTrouble, as all methods do. */
  constructor(
    text: string,
    syntax: 'old' | 'new',
    span: { start: number; end: number } = { start: 0, end: text.length },
  ) {
    this.lexer = new Lexer(text, syntax, span);
  }

  /** Reads an expression, and makes sure that nothing follows it. */
  wholeExpression(): Expression {
    const expression = this.expression();
    this.expectEnd('the end of the expression');
    return expression;
  }

  /** Reads `[ name = expression; … ]`, and makes sure that nothing follows it. */
  wholeAd(): AttributeList {
    if (!this.isMark('[')) throw this.unexpected('a ClassAd, which begins with [');
    const ad = this.attributes();
    this.expectEnd('the end of the ClassAd');
    return ad;
  }

  private expression(): Expression {
    this.enter();
    const condition = this.binary(1);
    const result = this.isMark('?') ? this.conditional(condition) : condition;
    this.nesting -= 1;
    return result;
  }

  private conditional(condition: Expression): Expression {
    this.lexer.advance();
    const whenTrue = this.isMark(':') ? undefined : this.expression();
    this.expectMark(':', 'a colon and what the condition gives otherwise');
    return { kind: 'conditional', condition, whenTrue, whenFalse: this.expression() };
  }

  private binary(lowest: number): Expression {
    let left = this.unary();
    for (;;) {
      const operator = this.binaryOperator();
      if (operator === undefined || PRECEDENCE[operator] < lowest) return left;
      this.lexer.advance();
      this.enter();
      const right = this.binary(PRECEDENCE[operator] + 1);
      this.nesting -= 1;
      left = { kind: 'binary', operator, left, right };
    }
  }

  private binaryOperator(): BinaryOperator | undefined {
    const { token } = this.lexer;
    if (token.type !== 'operator' || token.text === '!' || token.text === '~') return undefined;
    return token.text;
  }

  private unary(): Expression {
    const operators: UnaryOperator[] = [];
    for (;;) {
      const { token } = this.lexer;
      if (token.type !== 'operator' || !UNARY_OPERATORS.includes(token.text)) break;
      operators.push(token.text as UnaryOperator);
      this.enter();
      this.lexer.advance();
    }
    const operand = this.postfix();
    this.nesting -= operators.length;
    return operators.reduceRight<Expression>(
      (inner, operator) => ({ kind: 'unary', operator, operand: inner }),
      operand,
    );
  }

  private postfix(): Expression {
    const nesting = this.nesting;
    let of = this.primary();
    for (;;) {
      if (this.isMark('.')) {
        this.lexer.advance();
        of = { kind: 'attribute', name: this.name(), of, absolute: false };
      } else if (this.isMark('[')) {
        this.lexer.advance();
        const index = this.expression();
        this.expectMark(']', 'a closing ] after the index');
        of = { kind: 'subscript', of, index };
      } else break;
      this.enter();
    }
    this.nesting = nesting;
    return of;
  }

  private primary(): Expression {
    const { token } = this.lexer;
    switch (token.type) {
      case 'name':
        this.lexer.advance();
        if (this.isMark('(')) return this.call(token.text);
        return { kind: 'attribute', name: token.text, of: undefined, absolute: false };
      case 'mark':
        return this.bracketed(token);
      case 'operator':
      case 'end':
        throw this.unexpected('an expression');
      default:
        this.lexer.advance();
        return { kind: 'literal', value: literalValue(token) };
    }
  }

  private bracketed(token: Token & { type: 'mark' }): Expression {
    switch (token.text) {
      case '(': {
        this.lexer.advance();
        const inner = this.expression();
        this.expectMark(')', 'a closing )');
        return { kind: 'parentheses', inner };
      }
      case '{':
        this.lexer.advance();
        return { kind: 'list', items: this.sequence('}', ',') };
      case '[':
        return { kind: 'ad', ad: this.attributes() };
      case '.':
        this.lexer.advance();
        return { kind: 'attribute', name: this.name(), of: undefined, absolute: true };
      default:
        throw this.unexpected('an expression');
    }
  }

  private call(name: string): Expression {
    const start = this.lexer.start;
    this.lexer.advance();
    // Old ClassAds took semicolons between parameters, and HTCondor still does.
    const parameters = this.sequence(')', ',;');
    return timeLiteral(name, parameters, start) ?? { kind: 'call', name, parameters };
  }

  /** Expressions with separators between them (and none after the last), up to a closing mark. */
  private sequence(close: string, separators: string): Expression[] {
    const expressions: Expression[] = [];
    if (!this.isMark(close)) {
      expressions.push(this.expression());
      while (this.isMark(separators)) {
        this.lexer.advance();
        expressions.push(this.expression());
      }
    }
    this.expectMark(close, `a comma or a closing ${close}`);
    return expressions;
  }

  private attributes(): AttributeList {
    const ad = new AttributeList();
    this.lexer.advance();
    this.skipSemicolons();
    while (!this.isMark(']')) {
      const name = this.name();
      this.expectMark('=', `= after the attribute name ${name}`);
      ad.set(name, this.expression());
      if (!this.isMark('];')) throw this.unexpected('a semicolon or a closing ]');
      this.skipSemicolons();
    }
    this.lexer.advance();
    return ad;
  }

  private skipSemicolons(): void {
    while (this.isMark(';')) this.lexer.advance();
  }

  private name(): string {
    const { token } = this.lexer;
    if (token.type !== 'name') throw this.unexpected('an attribute name');
    this.lexer.advance();
    return token.text;
  }

  /** @param marks one of these characters. */
  private isMark(marks: string): boolean {
    const { token } = this.lexer;
    return token.type === 'mark' && marks.includes(token.text);
  }

  private expectMark(mark: string, meaning: string): void {
    if (!this.isMark(mark)) throw this.unexpected(meaning);
    this.lexer.advance();
  }

  private expectEnd(meaning: string): void {
    if (this.lexer.token.type !== 'end') throw this.unexpected(meaning);
  }

  private enter(): void {
    this.nesting += 1;
    if (this.nesting > MAX_NESTING) {
      const limit = String(MAX_NESTING);
      throw new SyntaxTrouble(this.lexer.start, `nested too deeply: at most ${limit} levels`);
    }
  }

  private unexpected(expected: string): SyntaxTrouble {
    return new SyntaxTrouble(
      this.lexer.start,
      `expected ${expected}, found ${describe(this.lexer.token)}`,
    );
  }
}

/** True for a name that needs no quotes to be a name. */
export function isPlainName(name: string): boolean {
  return NAME_PATTERN.test(name);
}

function literalValue(
  token: Token & { type: 'string' | 'integer' | 'real' | 'keyword' },
): (Expression & { kind: 'literal' })['value'] {
  if (token.type !== 'keyword') return tokenValue(token);
  switch (token.text) {
    case 'true':
    case 'false':
      return { type: 'boolean', value: token.text === 'true' };
    default:
      return { type: token.text };
  }
}

function tokenValue(
  token: Token & { type: 'string' | 'integer' | 'real' },
): (Expression & { kind: 'literal' })['value'] {
  if (token.type === 'string') return { type: 'string', value: token.text };
  if (token.type === 'integer') return { type: 'integer', value: token.value };
  return { type: 'real', value: token.value };
}

/**
 * `absTime("…")` and `relTime("…")` are literals: what they say must be a time. A time without a
 * zone is in local time, which only an evaluation knows: it stays a call.
 */
function timeLiteral(
  name: string,
  parameters: readonly Expression[],
  start: number,
): Expression | undefined {
  const [first, ...others] = parameters;
  if (first?.kind !== 'literal' || first.value.type !== 'string' || others.length > 0) {
    return undefined;
  }
  const text = first.value.value;
  switch (asciiLowerCase(name)) {
    case 'reltime': {
      const seconds = parseRelativeTime(text);
      if (seconds === undefined) throw notATime(start, text, '[days+]hh:mm:ss');
      return { kind: 'literal', value: { type: 'relativeTime', seconds } };
    }
    case 'abstime': {
      const time = parseAbsoluteTime(text);
      if (time === undefined) throw notATime(start, text, 'yyyy-mm-ddThh:mm:ss+hh:mm');
      const { seconds, offset } = time;
      if (offset === undefined) return undefined;
      return {
        kind: 'literal',
        value: { type: 'absoluteTime', seconds: seconds - offset, offset },
      };
    }
    default:
      return undefined;
  }
}

function notATime(start: number, text: string, form: string): SyntaxTrouble {
  return new SyntaxTrouble(start, `${JSON.stringify(text)} is not a time: expected ${form}`);
}

function describe(token: Token): string {
  switch (token.type) {
    case 'end':
      return 'the end of the text';
    case 'name':
      return `the name ${token.text}`;
    case 'string':
      return `the string ${JSON.stringify(token.text)}`;
    case 'integer':
    case 'real':
      return `the number ${String(token.value)}`;
    default:
      return token.text;
  }
}
