/** Functions that compare versions: runs of digits count as numbers, as strverscmp(3) has it. */
import { fromBytes, toBytes } from '../text';
import type { Value } from '../types';
import { booleanValue, ERROR, integerValue, UNDEFINED } from '../values';
import { textOf } from './conversions';
import { type ClassAdFunction, type FunctionTable, ofValues } from './signature';

const DIGITS = /^\d+/;

/**
 * Orders two versions: negative, 0 or positive.
 *
 * A run of digits that begins with 0 is a fraction, and comes before one that does not; of two
 * numbers without leading zeros, the one with more digits is greater.
 */
function compareVersions(left: string, right: string): number {
  const a = toBytes(left);
  const b = toBytes(right);
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  const difference = signed(a[at]) - signed(b[at]);
  if (difference === 0) return 0;
  let start = at;
  while (start > 0 && isDigit(a[start - 1])) start -= 1;
  if (start === at && !(isDigit(a[at]) && isDigit(b[at]))) return difference;
  const [first, second] = [a, b].map((bytes) => digitsAt(bytes, start));
  return compareNumbers(first ?? '', second ?? '', difference);
}

function compareNumbers(first: string, second: string, difference: number): number {
  const [zeros, otherZeros] = [leadingZeros(first), leadingZeros(second)];
  if (zeros !== otherZeros) return otherZeros - zeros;
  if (zeros > 0 || first.length === second.length) return difference;
  return first.length - second.length;
}

/** The zeros that a run of digits begins with; the last digit is never one of them. */
function leadingZeros(digits: string): number {
  const zeros = /^0*/.exec(digits)?.[0].length ?? 0;
  return zeros > 0 && zeros === digits.length ? zeros - 1 : zeros;
}

function digitsAt(bytes: Uint8Array, start: number): string {
  return DIGITS.exec(fromBytes(bytes.subarray(start)))?.[0] ?? '';
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** HTCondor subtracts `char`, which is signed on x86-64; the end of a string is 0. */
function signed(byte = 0): number {
  return byte > 0x7f ? byte - 0x100 : byte;
}

function comparing(result: (order: number) => Value): ClassAdFunction {
  return ofValues(2, 2, ([left = ERROR, right = ERROR]) => {
    if (left.type === 'undefined' || right.type === 'undefined') return UNDEFINED;
    const a = textOf(left);
    const b = textOf(right);
    return a === undefined || b === undefined ? ERROR : result(compareVersions(a, b));
  });
}

function inRange([version = ERROR, least = ERROR, most = ERROR]: readonly Value[]): Value {
  if (least.type === 'undefined' || most.type === 'undefined') return UNDEFINED;
  const [text, low, high] = [textOf(version), textOf(least), textOf(most)];
  if (text === undefined || low === undefined || high === undefined) return ERROR;
  return booleanValue(compareVersions(low, text) <= 0 && compareVersions(text, high) <= 0);
}

export const VERSIONS: FunctionTable = {
  version_in_range: ofValues(3, 3, inRange),
  versioncmp: comparing((order) => integerValue(order)),
  versioneq: comparing((order) => booleanValue(order === 0)),
  versionge: comparing((order) => booleanValue(order >= 0)),
  versiongt: comparing((order) => booleanValue(order > 0)),
  versionle: comparing((order) => booleanValue(order <= 0)),
  versionlt: comparing((order) => booleanValue(order < 0)),
};
