/** How functions are declared, and how they take their parameters. */
import type { Evaluation } from '../evaluation';
import type { Expression } from '../expression';
import type { Value } from '../types';
import { ERROR } from '../values';

/** A function sees its parameters unevaluated: some of them look at only one, or at none. */
export type ClassAdFunction = (parameters: readonly Expression[], evaluation: Evaluation) => Value;

/** Functions by their names in lower case. */
export type FunctionTable = Readonly<Record<string, ClassAdFunction>>;

/**
 * A function of values: all parameters are evaluated, from the first to the last.
 *
 * @param least how many there must be; fewer, or more than `most`, give error.
 */
export function ofValues(
  least: number,
  most: number,
  body: (values: readonly Value[], evaluation: Evaluation) => Value,
): ClassAdFunction {
  return (parameters, evaluation) => {
    if (parameters.length < least || parameters.length > most) return ERROR;
    return body(
      parameters.map((parameter) => evaluation.evaluate(parameter)),
      evaluation,
    );
  };
}

/** A function of one value. */
export function ofValue(body: (value: Value, evaluation: Evaluation) => Value): ClassAdFunction {
  return ofValues(1, 1, ([value = ERROR], evaluation) => body(value, evaluation));
}
