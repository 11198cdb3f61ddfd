/**
 * Prints expressions, values and ads, so that what is printed parses to the same.
 *
 * The new syntax is printed as HTCondor prints it, spaces included (`{ 1,a + 2 }`), and the
 * attributes of an ad in HTCondor's order: short names first, then by the alphabet. It departs
 * where HTCondor's text would not be read back: it puts quotes around `of.'a b'` and `'f g'(1)`,
 * and a space between a minus sign and a number (`- 5` is not the literal `-5`).
 */
import type { AttributeList } from './attribute-list';
import {
  type BinaryExpression,
  type Expression,
  leftChain,
  PRECEDENCE,
  type UnaryOperator,
} from './expression';
import { formatE, formatG } from './numbers';
import { isPlainName } from './parser';
import { writeEscapes } from './string-escapes';
import { asciiLowerCase, compareIgnoringCase } from './text';
import { printAbsoluteTime, printRelativeTime } from './times';
import type { Value } from './types';

type Syntax = 'old' | 'new';

/** Words that are not names, though they look like one. */
const KEYWORDS = new Set(['error', 'false', 'is', 'isnt', 'true', 'undefined']);

/** A value in the new syntax, as `classad_eval` prints it. */
export function printValue(value: Value): string {
  return new Printer('new').value(value);
}

/**
 * An expression.
 *
 * @param syntax the new one, or the old one as it stands after `Name = ` on a line.
 */
export function printExpression(expression: Expression, syntax: Syntax = 'new'): string {
  const printer = new Printer(syntax);
  if (syntax === 'new') return printer.expression(expression);
  const text = printer.onLine(expression);
  return printer.unsayable ? evalCall(printExpression(expression)) : text;
}

/** An ad: `[ a = 1; b = 2 ]`, or in the old syntax a line for each attribute. */
export function printAttributes(ad: AttributeList, syntax: Syntax): string {
  if (syntax === 'new') return new Printer('new').ad(ad);
  return [...ad.entries()]
    .map(([name, expression]) => {
      const shown = isPlainName(name) ? name : `'${writeEscapes(name, "'")}'`;
      return `${shown} = ${printExpression(expression, 'old')}\n`;
    })
    .join('');
}

/** A real as the old syntax and JSON have it: `%.16G`, and a point where it has none. */
export function printShortReal(value: number): string {
  const special = printSpecialReal(value);
  if (special !== undefined) return special;
  const text = formatG(value, 16);
  return /[.E]/.test(text) ? text : `${text}.0`;
}

function printLongReal(value: number): string {
  return printSpecialReal(value) ?? formatE(value, 15);
}

/** What is not a plain number has no literal; its notation is a call of `real()`. */
function printSpecialReal(value: number): string | undefined {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (Number.isNaN(value)) return 'real("NaN")';
  if (value === Infinity) return 'real("INF")';
  return value === -Infinity ? 'real("-INF")' : undefined;
}

class Printer {
  /** True after something was printed that the old syntax has no way to write. */
  unsayable = false;

  constructor(private readonly syntax: Syntax) {}

  /**
   * An expression that its line ends with. The old syntax ends a string at a backslash and a quote
   * only there; so the outermost string is the one that may end with a backslash.
   */
  onLine(expression: Expression): string {
    if (expression.kind !== 'literal' || expression.value.type !== 'string') {
      return this.expression(expression);
    }
    const text = expression.value.value;
    return /[\n\r]/.test(text) ? this.string(text) : quoteOld(text, '"');
  }

  value(value: Value): string {
    switch (value.type) {
      case 'undefined':
      case 'error':
        return value.type;
      case 'boolean':
      case 'integer':
        return String(value.value);
      case 'real':
        return this.syntax === 'new' ? printLongReal(value.value) : printShortReal(value.value);
      case 'string':
        return this.string(value.value);
      case 'absoluteTime':
        return `absTime("${printAbsoluteTime(value.seconds, value.offset)}")`;
      case 'relativeTime':
        return `relTime("${printRelativeTime(value.seconds)}")`;
      case 'list':
        return this.list(value.items);
      case 'ad':
        return this.ad(value.ad);
    }
  }

  expression(expression: Expression): string {
    switch (expression.kind) {
      case 'literal':
        return this.value(expression.value);
      case 'attribute':
        return this.attribute(expression);
      case 'unary':
        return this.unary(expression.operator, expression.operand);
      case 'binary':
        return this.binary(expression);
      case 'conditional': {
        const condition = this.operand(expression.condition, 1);
        const whenTrue = expression.whenTrue;
        const middle = whenTrue === undefined ? '?:' : `? ${this.expression(whenTrue)} :`;
        return `${condition} ${middle} ${this.expression(expression.whenFalse)}`;
      }
      case 'subscript':
        return `${this.operand(expression.of, POSTFIX)}[${this.expression(expression.index)}]`;
      case 'parentheses':
        return `(${this.expression(expression.inner)})`;
      case 'call':
        return `${this.name(expression.name)}(${this.sequence(expression.parameters)})`;
      case 'list':
        return this.list(expression.items);
      case 'ad':
        return this.ad(expression.ad);
    }
  }

  ad(ad: AttributeList): string {
    const attributes = [...ad.entries()]
      .sort(([a], [b]) => a.length - b.length || compareIgnoringCase(a, b))
      .map(([name, expression]) => `${this.name(name)} = ${this.expression(expression)}`);
    return `[ ${attributes.join('; ')} ]`;
  }

  private list(items: readonly Expression[]): string {
    return `{ ${this.sequence(items)} }`;
  }

  private sequence(expressions: readonly Expression[]): string {
    return expressions.map((expression) => this.expression(expression)).join(',');
  }

  private attribute(reference: Expression & { kind: 'attribute' }): string {
    const name = this.name(reference.name);
    if (reference.of !== undefined) {
      const of = this.operand(reference.of, POSTFIX);
      // `5.a` would be read as a number that lacks its fraction.
      const joined = reference.of.kind === 'literal' && reference.of.value.type === 'integer';
      return `${of}${joined ? ' ' : ''}.${name}`;
    }
    if (reference.absolute) return `.${name}`;
    // HTCondor counts this one among the keywords where it prints, but not where it reads.
    return asciiLowerCase(name) === 'parent' ? `'${name}'` : name;
  }

  private unary(operator: UnaryOperator, operand: Expression): string {
    const text = this.operand(operand, UNARY);
    const joined = operator === '-' && /^\.?\d/.test(text);
    return ` ${operator}${joined ? ' ' : ''}${text}`;
  }

  private binary(expression: BinaryExpression): string {
    const { first, rest } = leftChain(expression);
    const parts: string[] = [];
    let open = 0;
    for (const [index, { operator, right }] of rest.entries()) {
      // A tree that nobody parsed may lack the parentheses that its text needs.
      const outer = rest[index + 1];
      const own = PRECEDENCE[operator];
      parts.push(` ${this.operatorText(operator)} ${this.operand(right, own + 1)}`);
      if (outer !== undefined && PRECEDENCE[outer.operator] > own) {
        parts.push(')');
        open += 1;
      }
    }
    const lowest = PRECEDENCE[rest[0]?.operator ?? '||'];
    return '('.repeat(open) + this.operand(first, lowest) + parts.join('');
  }

  private operatorText(operator: BinaryExpression['operator']): string {
    if (this.syntax === 'old') return operator;
    if (operator === '=?=') return 'is';
    return operator === '=!=' ? 'isnt' : operator;
  }

  /** An operand, in parentheses where it binds less tightly than the place that it stands in. */
  private operand(expression: Expression, lowest: number): string {
    const text = this.expression(expression);
    return bindingOf(expression) < lowest ? `(${text})` : text;
  }

  private name(name: string): string {
    if (isPlainName(name) && !KEYWORDS.has(asciiLowerCase(name))) return name;
    if (this.syntax === 'new') return `'${writeEscapes(name, "'")}'`;
    this.unsayable ||= UNSAYABLE.test(name);
    return quoteOld(name, "'");
  }

  private string(text: string): string {
    if (this.syntax === 'new') return `"${writeEscapes(text, '"')}"`;
    return UNSAYABLE.test(text) ? evalCall(`"${writeEscapes(text, '"')}"`) : quoteOld(text, '"');
  }
}

/** A line break, or a backslash before the quote that ends a string. */
const UNSAYABLE = /[\n\r]|\\$/;

const UNARY = 11;
const POSTFIX = 12;

function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case 'conditional':
      return 0;
    case 'binary':
      return PRECEDENCE[expression.operator];
    case 'unary':
      return UNARY;
    default:
      return POSTFIX;
  }
}

function quoteOld(text: string, quote: '"' | "'"): string {
  return quote + text.replaceAll(quote, `\\${quote}`) + quote;
}

/**
 * The old syntax cannot write a line break in a string or a name, nor a backslash at its end inside
 * a longer expression. HTCondor prints such a string as it is: what follows the line break would be
 * read as an attribute of the ad, and its value is the submitter's. A call that gives the same value
 * can be written: `eval("\"a\nb\"")`, with the new syntax inside.
 */
function evalCall(text: string): string {
  return `eval(${quoteOld(text, '"')})`;
}
