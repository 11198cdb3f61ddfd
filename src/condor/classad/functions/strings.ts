/** Functions of strings. They count in bytes, as HTCondor does. */
import type { Evaluation } from '../evaluation';
import type { Expression } from '../expression';
import { int64ToInt32 } from '../numbers';
import {
  asciiLowerCase,
  asciiUpperCase,
  byteLength,
  compareBytes,
  compareIgnoringCase,
  isSpace,
  sliceBytes,
} from '../text';
import type { Value } from '../types';
import { ERROR, integerValue, listValue, stringValue, UNDEFINED } from '../values';
import { limitedString, MAX_STRING, textOf, toStringValue } from './conversions';
import { type FunctionTable, ofValue, ofValues } from './signature';

/** All parameters as strings, one after the other; the first that is no string is the result. */
function strcat(parameters: readonly Expression[], evaluation: Evaluation): Value {
  const parts: string[] = [];
  let length = 0;
  for (const parameter of parameters) {
    const value = toStringValue(evaluation.evaluate(parameter));
    if (value.type !== 'string') return value;
    parts.push(value.value);
    length += value.value.length;
    if (length > MAX_STRING) return ERROR;
  }
  return stringValue(parts.join(''));
}

/** `join(separator, a, b, …)`, `join(separator, list)` or `join(list)`. */
function join(parameters: readonly Expression[], evaluation: Evaluation): Value {
  const last = parameters.at(-1);
  if (parameters.length > 2 || last === undefined) return joinValues(parameters, evaluation);
  const list = evaluation.evaluate(last);
  if (list.type !== 'list') return joinValues(parameters, evaluation);
  const separator: Expression =
    parameters.length === 2 && parameters[0] !== undefined
      ? parameters[0]
      : { kind: 'literal', value: stringValue('') };
  return joinValues([separator, ...list.items], evaluation);
}

/** Undefined items are left out; undefined is the result where there is no other item. */
function joinValues([first, ...rest]: readonly Expression[], evaluation: Evaluation): Value {
  if (first === undefined) return stringValue('');
  const separator = toStringValue(evaluation.evaluate(first));
  if (separator.type === 'error') return ERROR;
  let joined = '';
  let defined = 0;
  let missing = separator.type === 'undefined' ? 1 : 0;
  for (const item of rest) {
    const value = toStringValue(evaluation.evaluate(item));
    if (value.type === 'undefined') missing += 1;
    else if (value.type !== 'string') return ERROR;
    else {
      const between = joined === '' || separator.type !== 'string' ? '' : separator.value;
      joined += between + value.value;
      defined += 1;
      if (joined.length > MAX_STRING) return ERROR;
    }
  }
  return missing > 0 && defined === 0 ? UNDEFINED : limitedString(joined);
}

/** As Perl's substr: negative places and lengths count from the end. */
function substr([text = ERROR, offset = ERROR, length]: readonly Value[]): Value {
  if (text.type === 'undefined' || offset.type === 'undefined') return UNDEFINED;
  if (length?.type === 'undefined') return UNDEFINED;
  if (text.type !== 'string' || offset.type !== 'integer') return ERROR;
  if (length !== undefined && length.type !== 'integer') return ERROR;
  const size = byteLength(text.value);
  const place = int64ToInt32(offset.value);
  const start = place < 0 ? Math.max(size + place, 0) : Math.min(place, size);
  const wanted = length === undefined ? undefined : int64ToInt32(length.value);
  const end = wanted === undefined ? size : wanted < 0 ? size + wanted : start + wanted;
  return stringValue(sliceBytes(text.value, start, Math.max(Math.min(end, size), start)));
}

function comparison(compare: (a: string, b: string) => number) {
  return ofValues(2, 2, ([left = ERROR, right = ERROR]) => {
    if (left.type === 'undefined' || right.type === 'undefined') return UNDEFINED;
    const a = textOf(left);
    const b = textOf(right);
    return a === undefined || b === undefined ? ERROR : integerValue(compare(a, b));
  });
}

function changeCase(change: (text: string) => string) {
  return ofValue((value) => {
    const string = toStringValue(value);
    return string.type === 'string' ? stringValue(change(string.value)) : string;
  });
}

/**
 * Cuts a string at separators (`, ` and tab where none are given). White space between two
 * separators does not count, so `a , b` are two items; but `a,,b` are three.
 */
function split([text = ERROR, separators]: readonly Value[], evaluation: Evaluation): Value {
  if (text.type !== 'string') return ERROR;
  if (separators !== undefined && separators.type !== 'string') return ERROR;
  const cuts = separators?.value ?? ', \t';
  if (!evaluation.spend(text.value.length)) return ERROR;
  return listValue(splitAt(text.value, cuts).map(stringValue));
}

function splitAt(text: string, separators: string): string[] {
  const items: string[] = [];
  let start = 0;
  let lastMark = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (!separators.includes(character)) continue;
    if (at > start) items.push(text.slice(start, at));
    else if (character === lastMark) items.push('');
    if (!isSpace(character)) lastMark = character;
    start = at + 1;
  }
  if (start < text.length) items.push(text.slice(start));
  return items;
}

/** Cuts `user@domain` or `slot@machine`; without an @, `alone` says which part it all is. */
function splitAtSign(alone: 'first' | 'second') {
  return ofValue((value) => {
    if (value.type !== 'string') return ERROR;
    const text = value.value;
    const at = text.indexOf('@');
    if (at >= 0) return pair(text.slice(0, at), text.slice(at + 1));
    return alone === 'first' ? pair(text, '') : pair('', text);
  });
}

function pair(first: string, second: string): Value {
  return listValue([stringValue(first), stringValue(second)]);
}

export const STRINGS: FunctionTable = {
  join,
  split: ofValues(1, 2, split),
  splitslotname: splitAtSign('second'),
  splitusername: splitAtSign('first'),
  strcat,
  strcmp: comparison(compareBytes),
  stricmp: comparison(compareIgnoringCase),
  substr: ofValues(2, 3, substr),
  tolower: changeCase(asciiLowerCase),
  toupper: changeCase(asciiUpperCase),
};
