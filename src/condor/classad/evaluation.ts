/**
 * What an evaluation knows while it runs: the ads around, and what it has used up. The functions of
 * the language see it through {@link Evaluation}.
 */
import type { Expression } from './expression';
import type { AdScope, AdValue, EvaluationHost, ListValue, Value } from './types';

/** An evaluation as operators and functions see it. */
export interface Evaluation {
  readonly host: EvaluationHost | undefined;
  /** The ad whose names are visible; undefined: none is. */
  readonly current: AdScope | undefined;
  /** The outermost ad: where `.name` is looked up. */
  readonly root: AdScope | undefined;

  /** The value of an expression, in the current ad. */
  evaluate(expression: Expression): Value;

  /** The value of an expression in another ad, whose outermost ad is the root meanwhile. */
  evaluateWithin(scope: AdScope | undefined, expression: Expression): Value;

  /** The value of an item: in the current ad, as HTCondor's functions look at items. */
  evaluateItem(list: ListValue, item: Expression): Value;

  /** What a reference refers to, not evaluated; undefined: nothing. */
  dereference(reference: Expression & { kind: 'attribute' }): Found | undefined;

  /**
   * Takes from what the evaluation may use up. False: it is used up, and the result is error.
   *
   * @param amount steps; a step is about what it takes to look at one node, or to read 64
   *   characters. What strings cost that are evaluated is taken already.
   */
  spend(amount: number): boolean;
}

/** An expression, and the ad that it stands in. */
export interface Found {
  readonly expression: Expression;
  readonly scope: AdScope | undefined;
}

/** The place that an ad is, for what is looked up in it. */
export function scopeOf(value: AdValue): AdScope {
  return value.scope ?? { ad: value.ad, parentScope: undefined };
}
