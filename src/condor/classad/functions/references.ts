/** Which names an expression refers to that its ad does not define. */
import { type Evaluation, type Found, scopeOf } from '../evaluation';
import { type Expression, leftChain } from '../expression';
import { lookUp, rootOf } from '../lookup';
import { printExpression } from '../printer';
import { compareIgnoringCase } from '../text';
import type { AdScope } from '../types';

/** How many references are followed one after the other. */
const MAX_REFERENCES = 400;

/**
 * The names, in no order; those with a scope that is not defined either are as in `TARGET.Memory`.
 * undefined: it cannot be told.
 */
export function externalReferences(
  { expression, scope }: Found,
  evaluation: Evaluation,
): Iterable<string> | undefined {
  const collector = new ReferenceCollector(evaluation);
  return collector.collect(expression, scope, 0) ? collector.names() : undefined;
}

class ReferenceCollector {
  private readonly found: string[] = [];

  constructor(private readonly evaluation: Evaluation) {}

  /** The names, each once; of two that differ in case only, the first. */
  names(): string[] {
    return this.found
      .toSorted(compareIgnoringCase)
      .filter(
        (name, at, sorted) => at === 0 || compareIgnoringCase(name, sorted[at - 1] ?? '') !== 0,
      );
  }

  /** False: it cannot be told. */
  collect(expression: Expression, scope: AdScope | undefined, depth: number): boolean {
    if (depth > MAX_REFERENCES || !this.evaluation.spend(1)) return false;
    if (expression.kind === 'attribute') return this.reference(expression, scope, depth);
    return partsOf(expression).every((part) => this.collect(part, scope, depth + 1));
  }

  private reference(
    reference: Expression & { kind: 'attribute' },
    scope: AdScope | undefined,
    depth: number,
  ): boolean {
    const root = rootOf(scope);
    let start = reference.absolute ? root : scope;
    if (reference.of !== undefined) {
      const of = this.evaluation.evaluateWithin(scope, reference.of);
      if (of.type === 'undefined') {
        this.found.push(`${printExpression(reference.of)}.${reference.name}`);
        return true;
      }
      if (of.type !== 'ad') return false;
      start = scopeOf(of);
    }
    if (start === undefined) return false;
    const found = lookUp(reference.name, start, root);
    if (found !== undefined) return this.collect(found.expression, found.scope, depth + 1);
    this.found.push(reference.name);
    return true;
  }
}

function partsOf(expression: Exclude<Expression, { kind: 'attribute' }>): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'unary':
      return [expression.operand];
    case 'binary': {
      const { first, rest } = leftChain(expression);
      return [first, ...rest.map(({ right }) => right)];
    }
    case 'conditional': {
      const { condition, whenTrue, whenFalse } = expression;
      return whenTrue === undefined ? [condition, whenFalse] : [condition, whenTrue, whenFalse];
    }
    case 'subscript':
      return [expression.of, expression.index];
    case 'parentheses':
      return [expression.inner];
    case 'call':
      return expression.parameters;
    case 'list':
      return expression.items;
    case 'ad':
      return [...expression.ad.entries()].map(([, value]) => value);
  }
}
