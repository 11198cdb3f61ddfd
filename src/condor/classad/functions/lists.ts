/** Functions of lists. */
import type { Evaluation } from '../evaluation';
import type { BinaryOperator } from '../expression';
import { applyBinary } from '../operators';
import { byteLength } from '../text';
import type { ListValue, Value } from '../types';
import { booleanValue, ERROR, FALSE, integerValue, realValue, TRUE, UNDEFINED } from '../values';
import { toIntegerValue, toRealValue } from './conversions';
import { type ClassAdFunction, type FunctionTable, ofValue, ofValues } from './signature';

/** Whether an item equals the value, in the sense of `==` or `=?=`. */
function member(operator: '==' | '=?='): ClassAdFunction {
  return ofValues(2, 2, ([value = ERROR, list = ERROR], evaluation) => {
    const strict = operator === '=?=';
    if (list.type === 'undefined') return UNDEFINED;
    if (value.type === 'undefined' && !strict) return UNDEFINED;
    if (list.type !== 'list' || value.type === 'list' || value.type === 'ad') return ERROR;
    if (value.type === 'error' && !strict) return ERROR;
    const found = list.items.some((item) => {
      const result = applyBinary(operator, evaluation.evaluateItem(list, item), value);
      return result.type === 'boolean' && result.value;
    });
    return booleanValue(found);
  });
}

function size(value: Value): Value {
  switch (value.type) {
    case 'undefined':
      return UNDEFINED;
    case 'list':
      return integerValue(value.items.length);
    case 'ad':
      return integerValue(value.ad.size);
    case 'string':
      return integerValue(byteLength(value.value));
    default:
      return ERROR;
  }
}

/** A function of the numbers in a list; undefined items are left out, others give error. */
function ofNumbers(body: (numbers: readonly Value[]) => Value): ClassAdFunction {
  return ofValue((list, evaluation) => {
    if (list.type === 'undefined') return UNDEFINED;
    if (list.type !== 'list') return ERROR;
    const numbers = numbersOf(list, evaluation);
    return numbers === undefined ? ERROR : body(numbers);
  });
}

function numbersOf(list: ListValue, evaluation: Evaluation): Value[] | undefined {
  const values = list.items
    .map((item) => evaluation.evaluateItem(list, item))
    .filter((value) => value.type !== 'undefined');
  const isNumber = ({ type }: Value) => type === 'integer' || type === 'real' || type === 'boolean';
  return values.every(isNumber) ? values : undefined;
}

function sum(numbers: readonly Value[]): Value {
  const [first, ...rest] = numbers;
  if (first === undefined) return integerValue(0);
  return rest.reduce((total, number) => applyBinary('+', total, number), first);
}

function average(numbers: readonly Value[]): Value {
  if (numbers.length === 0) return integerValue(0);
  return applyBinary('/', sum(numbers), realValue(numbers.length));
}

/**
 * The item that no other one is less (or greater) than: of equal ones the first. Once compared, a
 * boolean is an integer, and beside a real an integer is a real.
 */
function extreme(operator: '<' | '>') {
  return ofNumbers((numbers) => {
    const [first = UNDEFINED, ...rest] = numbers;
    return rest.reduce((best, number) => {
      const better = applyBinary(operator, number, best);
      const [a, b] = promote(number, best);
      return better.type === 'boolean' && better.value ? a : b;
    }, first);
  });
}

/** Two numbers as of one type. */
function promote(a: Value, b: Value): [Value, Value] {
  return a.type === 'real' || b.type === 'real'
    ? [toRealValue(a), toRealValue(b)]
    : [toIntegerValue(a), toIntegerValue(b)];
}

const COMPARISONS = new Map<string, Exclude<BinaryOperator, '&&' | '||'>>([
  ['<', '<'],
  ['<=', '<='],
  ['!=', '!='],
  ['==', '=='],
  ['>', '>'],
  ['>=', '>='],
  ['is', '=?='],
  ['isnt', '=!='],
]);

/**
 * `anyCompare(operator, list, value)` and `allCompare()`. Where an item compares as undefined the
 * result is false at once, also of `anyCompare()`.
 *
 * @param decisive what one item must compare as to decide.
 */
function compareItems(decisive: boolean): ClassAdFunction {
  return ofValues(3, 3, ([operator = ERROR, list = ERROR, value = ERROR], evaluation) => {
    if (operator.type === 'undefined') return UNDEFINED;
    const comparison = operator.type === 'string' ? COMPARISONS.get(operator.value) : undefined;
    if (comparison === undefined) return ERROR;
    if (list.type === 'undefined') return UNDEFINED;
    if (list.type !== 'list') return ERROR;
    for (const item of list.items) {
      const result = applyBinary(comparison, evaluation.evaluateItem(list, item), value);
      if (result.type === 'undefined') return FALSE;
      if (result.type !== 'boolean') return ERROR;
      if (result.value === decisive) return result;
    }
    return decisive ? FALSE : TRUE;
  });
}

export const LISTS: FunctionTable = {
  allcompare: compareItems(false),
  anycompare: compareItems(true),
  avg: ofNumbers(average),
  identicalmember: member('=?='),
  max: extreme('>'),
  member: member('=='),
  min: extreme('<'),
  size: ofValue(size),
  sum: ofNumbers(sum),
};
