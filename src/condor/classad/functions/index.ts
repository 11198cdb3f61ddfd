/** The functions of the language, by name. Names are compared without regard to case. */
import type { Evaluation } from '../evaluation';
import type { Expression } from '../expression';
import { asciiLowerCase } from '../text';
import type { Value } from '../types';
import { ERROR } from '../values';
import type { FunctionTable } from './signature';

const FUNCTIONS: FunctionTable = {};

/** Calls a function. One that does not exist gives error, as a wrong number of parameters does. */
export function callFunction(
  name: string,
  parameters: readonly Expression[],
  evaluation: Evaluation,
): Value {
  const key = asciiLowerCase(name);
  if (!Object.hasOwn(FUNCTIONS, key)) return ERROR;
  return FUNCTIONS[key]?.(parameters, evaluation) ?? ERROR;
}
