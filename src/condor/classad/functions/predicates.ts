/** Functions that ask for the type of a value, and those that choose between expressions. */
import type { Value } from '../types';
import { booleanValue, ERROR, truth, UNDEFINED } from '../values';
import { type FunctionTable, ofValue } from './signature';

const isOf = (type: Value['type']) => ofValue((value) => booleanValue(value.type === type));

export const PREDICATES: FunctionTable = {
  isabstime: isOf('absoluteTime'),
  isboolean: isOf('boolean'),
  isclassad: isOf('ad'),
  iserror: isOf('error'),
  isinteger: isOf('integer'),
  islist: isOf('list'),
  isreal: isOf('real'),
  isreltime: isOf('relativeTime'),
  isstring: isOf('string'),
  isundefined: isOf('undefined'),

  ifthenelse: ([condition, whenTrue, whenFalse, ...others], evaluation) => {
    if (condition === undefined || whenTrue === undefined || whenFalse === undefined) return ERROR;
    if (others.length > 0) return ERROR;
    const value = evaluation.evaluate(condition);
    const chosen = truth(value);
    if (chosen === undefined) return value.type === 'undefined' ? UNDEFINED : ERROR;
    return evaluation.evaluate(chosen ? whenTrue : whenFalse);
  },
};
