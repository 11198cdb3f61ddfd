/**
 * An ad as JSON, as HTCondor's tools print it with -json: what JSON has no type for is a string
 * that begins with `/Expr(` and ends with `)/`, with the expression in the new syntax inside.
 */
import type { AttributeList } from './attribute-list';
import type { Expression } from './expression';
import { printExpression, printShortReal, printValue } from './printer';
import type { Value } from './types';

/**
 * The text of a JSON object. A text and not an object, since JSON's integers may have 64 bits.
 *
 * @param indent how many spaces a level is indented by; 0: all on one line.
 */
export function toJson(ad: AttributeList, indent = 2): string {
  return new JsonPrinter(indent).object(ad, 0);
}

class JsonPrinter {
  constructor(private readonly indent: number) {}

  object(ad: AttributeList, level: number): string {
    const members = [...ad.entries()].map(
      ([name, expression]) => `${quote(name)}: ${this.expression(expression, level + 1)}`,
    );
    return this.group('{', members, '}', level);
  }

  private expression(expression: Expression, level: number): string {
    switch (expression.kind) {
      case 'literal':
        return this.value(expression.value, level);
      case 'list':
        return this.items(expression.items, level);
      case 'ad':
        return this.object(expression.ad, level);
      default:
        return quoteExpression(printExpression(expression));
    }
  }

  private value(value: Value, level: number): string {
    switch (value.type) {
      case 'undefined':
        return 'null';
      case 'boolean':
      case 'integer':
        return String(value.value);
      case 'real':
        return Number.isFinite(value.value)
          ? printShortReal(value.value)
          : quoteExpression(printShortReal(value.value));
      case 'string':
        return quote(value.value);
      case 'relativeTime':
        // As HTCondor's literal of a span, which evaluates to its seconds.
        return printShortReal(value.seconds);
      case 'list':
        return this.items(value.items, level);
      case 'ad':
        return this.object(value.ad, level);
      default:
        return quoteExpression(printValue(value));
    }
  }

  private items(items: readonly Expression[], level: number): string {
    const shown = items.map((item) => this.expression(item, level + 1));
    return this.group('[', shown, ']', level);
  }

  private group(open: string, members: readonly string[], close: string, level: number): string {
    if (this.indent === 0) return open + members.join(',') + close;
    const outer = `\n${' '.repeat(this.indent * level)}`;
    const inner = outer + ' '.repeat(this.indent);
    return open + members.map((member) => inner + member).join(',') + outer + close;
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function quoteExpression(text: string): string {
  const inside = JSON.stringify(`/Expr(${text})/`).slice(2, -2);
  return `"\\/${inside}\\/"`;
}
