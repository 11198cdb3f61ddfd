/**
 * The syntax tree of an expression. Trees are plain immutable data; the same tree may stand in any
 * number of ads.
 */
import type { AttributeList } from './attribute-list';
import type { Value } from './types';

export type UnaryOperator = '-' | '+' | '!' | '~';

export type BinaryOperator =
  | '||'
  | '&&'
  | '|'
  | '^'
  | '&'
  | '=='
  | '!='
  | '=?='
  | '=!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '<<'
  | '>>'
  | '>>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

/** `left OPERATOR right` */
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `name`, `.name` (looked up in the outermost ad) or `of.name`. */
export interface AttributeReference {
  readonly kind: 'attribute';
  readonly name: string;
  readonly of: Expression | undefined;
  readonly absolute: boolean;
}

export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | AttributeReference
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | BinaryExpression
  /** `condition ? whenTrue : whenFalse`; without `whenTrue` it is `condition ?: whenFalse`. */
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression | undefined;
      readonly whenFalse: Expression;
    }
  /** `of[index]` */
  | { readonly kind: 'subscript'; readonly of: Expression; readonly index: Expression }
  /** Kept in the tree, so that what is printed looks like what was read. */
  | { readonly kind: 'parentheses'; readonly inner: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly parameters: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'ad'; readonly ad: AttributeList };

/** How tightly the binary operators bind: of two neighbours, the higher one is applied first. */
export const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '=?=': 6,
  '=!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '>>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

/**
 * A chain of binary operators that leans to the left, as `a + b - c` does: its first operand, and
 * the nodes from the innermost outwards. Everything that walks trees walks chains with it: one of
 * ten thousand terms is legal, and recursion would overflow the stack on it.
 */
export function leftChain(expression: BinaryExpression): {
  first: Expression;
  rest: BinaryExpression[];
} {
  const rest = [expression];
  let first = expression.left;
  while (first.kind === 'binary') {
    rest.push(first);
    first = first.left;
  }
  rest.reverse();
  return { first, rest };
}
