/**
 * The data of an ad: names, in the order in which they were set, and the expressions that they
 * stand for. Names are compared without regard to case (of ASCII letters).
 */
import type { Expression } from './expression';
import { asciiLowerCase } from './text';
import type { Value } from './types';

interface Attribute {
  readonly name: string;
  readonly expression: Expression;
}

export class AttributeList {
  private readonly attributes = new Map<string, Attribute>();

  /** How many attributes there are. */
  get size(): number {
    return this.attributes.size;
  }

  /** The expression of an attribute, not evaluated; undefined: there is no such attribute. */
  get(name: string): Expression | undefined {
    return this.attributes.get(asciiLowerCase(name))?.expression;
  }

  /** True where the ad itself has the attribute, whatever its value. */
  has(name: string): boolean {
    return this.attributes.has(asciiLowerCase(name));
  }

  /** Sets an attribute; one that was there keeps its place and takes the new spelling. */
  set(name: string, value: Expression | Value): this {
    const expression: Expression = 'kind' in value ? value : literal(value);
    this.attributes.set(asciiLowerCase(name), { name, expression });
    return this;
  }

  /** Removes an attribute; false: there was none. */
  delete(name: string): boolean {
    return this.attributes.delete(asciiLowerCase(name));
  }

  /** The names, as they are spelled, in order. */
  names(): string[] {
    return [...this.attributes.values()].map((attribute) => attribute.name);
  }

  /** Names and expressions, in order. */
  *entries(): IterableIterator<readonly [string, Expression]> {
    for (const { name, expression } of this.attributes.values()) yield [name, expression];
  }
}

/** The expression that stands for a value. */
export function literal(value: Value): Expression {
  if (value.type === 'list' && value.scope === undefined) {
    return { kind: 'list', items: value.items };
  }
  if (value.type === 'ad' && value.scope === undefined) return { kind: 'ad', ad: value.ad };
  return { kind: 'literal', value };
}
