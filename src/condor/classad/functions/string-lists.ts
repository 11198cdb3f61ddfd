/** Functions of lists that are written as one string: `"a, b, c"`. */
import type { Evaluation } from '../evaluation';
import { realToInt64, scanReal } from '../numbers';
import { asciiLowerCase, isSpace } from '../text';
import type { Value } from '../types';
import { booleanValue, ERROR, integerValue, realValue, UNDEFINED } from '../values';
import { type ClassAdFunction, type FunctionTable, ofValues } from './signature';

/**
 * The items between delimiters: none is empty, and white space around one is not part of it.
 *
 * @param delimiters each of its characters ends an item.
 */
export function itemsOf(list: string, delimiters: string): string[] {
  return cutAt(list, delimiters)
    .map(trim)
    .filter((item) => item !== '');
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** A function of the items of a list, with the delimiters as an optional second parameter. */
function ofItems(body: (items: readonly string[]) => Value): ClassAdFunction {
  return ofValues(1, 2, ([list = ERROR, delimiters], evaluation) => {
    if (list.type !== 'string') return ERROR;
    if (delimiters !== undefined && delimiters.type !== 'string') return ERROR;
    if (!evaluation.spend(list.value.length)) return ERROR;
    return body(itemsOf(list.value, delimiters?.value ?? ', '));
  });
}

/**
 * A function of the numbers in a list. The result is an integer (cut, not rounded) where all items
 * look like integers: so is the average, whatever the manual says.
 */
function ofNumbers(
  whenEmpty: Value,
  body: (numbers: readonly number[]) => number,
): ClassAdFunction {
  return ofItems((items) => {
    if (items.length === 0) return whenEmpty;
    const numbers = items.map(scanReal);
    if (numbers.some(({ length }) => length === 0)) return ERROR;
    const result = body(numbers.map(({ value }) => value));
    return items.every((item) => /^[-+\d]*$/.test(item))
      ? integerValue(realToInt64(result))
      : realValue(result);
  });
}

const add = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** What HTCondor starts from: the float of the greatest value, and the smallest above zero. */
const FLOAT_MAX = 3.4028234663852886e38;
const FLOAT_MIN = 1.1754943508222875e-38;

/** The first parameter as it is, and its items; and the items of the list. */
interface ListQuestion {
  readonly text: string;
  readonly items: readonly string[];
  readonly list: readonly string[];
}

/** A question about a string and a list: undefined counts as an empty string. */
function ofTwoLists(
  fold: (text: string) => string,
  answer: (question: ListQuestion) => boolean,
): ClassAdFunction {
  return ofValues(2, 3, (values, evaluation) => {
    const [first = ERROR, second = ERROR, delimiters] = values;
    if (!values.every(({ type }) => type === 'string' || type === 'undefined')) return ERROR;
    if (first.type === 'undefined' && second.type === 'undefined') return UNDEFINED;
    const cuts = delimiters?.type === 'string' ? delimiters.value : ', \t\r\n';
    const text = first.type === 'string' ? first.value : '';
    const list = second.type === 'string' ? second.value : '';
    if (!evaluation.spend(text.length + list.length)) return ERROR;
    const items = itemsOf(text, cuts).map(fold);
    return booleanValue(answer({ text: fold(text), items, list: itemsOf(list, cuts).map(fold) }));
  });
}

const withCase = (text: string) => text;

const isMember = ({ text, list }: ListQuestion) => list.includes(text);

/** An empty string is a subset; one of nothing but delimiters is none. */
function isSubset({ text, items, list }: ListQuestion): boolean {
  if (text === '') return true;
  const set = new Set(list);
  return items.length > 0 && items.every((item) => set.has(item));
}

/** Here white space is kept, and delimiters that are an empty string are the usual ones. */
function intersect(values: readonly Value[], evaluation: Evaluation): Value {
  if (values.some(({ type }) => type === 'error')) return ERROR;
  if (values.some(({ type }) => type === 'undefined')) return UNDEFINED;
  const texts = values.map((value) => (value.type === 'string' ? value.value : undefined));
  const [first, second, delimiters = ''] = texts;
  if (first === undefined || second === undefined || texts.includes(undefined)) return ERROR;
  if (!evaluation.spend(first.length + second.length)) return ERROR;
  const cuts = delimiters === '' ? ' ,' : delimiters;
  const others = new Set(cutAt(second, cuts));
  return booleanValue(cutAt(first, cuts).some((item) => others.has(item)));
}

function cutAt(text: string, delimiters: string): string[] {
  const items: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !delimiters.includes(text.charAt(at))) continue;
    if (at > start) items.push(text.slice(start, at));
    start = at + 1;
  }
  return items;
}

export const STRING_LISTS: FunctionTable = {
  stringlistavg: ofNumbers(realValue(0), (numbers) => add(numbers) / numbers.length),
  stringlistimember: ofTwoLists(asciiLowerCase, isMember),
  stringlistisubsetmatch: ofTwoLists(asciiLowerCase, isSubset),
  stringlistmax: ofNumbers(UNDEFINED, (numbers) => extreme(Math.max, FLOAT_MIN, numbers)),
  stringlistmember: ofTwoLists(withCase, isMember),
  stringlistmin: ofNumbers(UNDEFINED, (numbers) => extreme(Math.min, FLOAT_MAX, numbers)),
  stringlistsintersect: ofValues(2, 3, intersect),
  stringlistsize: ofItems((items) => integerValue(items.length)),
  stringlistsubsetmatch: ofTwoLists(withCase, isSubset),
  stringlistsum: ofNumbers(realValue(0), add),
};

function extreme(
  choose: (a: number, b: number) => number,
  start: number,
  numbers: readonly number[],
): number {
  return numbers.reduce((best, number) => choose(best, number), start);
}
