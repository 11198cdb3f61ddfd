/**
 * The functions of the language, by name. Names are compared without regard to case.
 *
 * Source: the manual's "Predefined Functions"; those that it leaves out (`envV1ToV2()`'s kin,
 * `getYear()`'s, `dayTime()`, …) from what HTCondor's library registers.
 */
import type { Evaluation } from '../evaluation';
import type { Expression } from '../expression';
import { asciiLowerCase } from '../text';
import type { Value } from '../types';
import { ERROR } from '../values';
import { ARGUMENTS } from './arguments';
import { CONTEXT } from './context';
import { CONVERSIONS } from './conversions';
import { LISTS } from './lists';
import { NUMBERS } from './numbers';
import { PREDICATES } from './predicates';
import { REGEXPS } from './regexps';
import type { FunctionTable } from './signature';
import { STRING_LISTS } from './string-lists';
import { STRINGS } from './strings';
import { TIMES } from './times';
import { USERS } from './users';
import { VERSIONS } from './versions';

const TABLES: readonly FunctionTable[] = [
  PREDICATES,
  CONVERSIONS,
  STRINGS,
  LISTS,
  STRING_LISTS,
  REGEXPS,
  NUMBERS,
  TIMES,
  VERSIONS,
  CONTEXT,
  ARGUMENTS,
  USERS,
];

/** Calls a function. One that does not exist gives error, as a wrong number of parameters does. */
export function callFunction(
  name: string,
  parameters: readonly Expression[],
  evaluation: Evaluation,
): Value {
  const key = asciiLowerCase(name);
  for (const table of TABLES) {
    if (Object.hasOwn(table, key)) return table[key]?.(parameters, evaluation) ?? ERROR;
  }
  return ERROR;
}

/** The names of all functions, in lower case. */
export function functionNames(): string[] {
  return TABLES.flatMap((table) => Object.keys(table));
}
