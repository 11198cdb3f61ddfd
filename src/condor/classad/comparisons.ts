/** The comparing operators, for each kind of operand. */
import { compareIgnoringCase } from './text';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Strings are compared without regard to case. */
export function compareStrings(operator: Comparison, a: string, b: string): boolean {
  return compareReals(operator, compareIgnoringCase(a, b), 0);
}

export function compareReals(operator: Comparison, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

export function compareIntegers(operator: Comparison, a: bigint, b: bigint): boolean {
  const order = a < b ? -1 : a > b ? 1 : 0;
  return compareReals(operator, order, 0);
}
