/** Conversions between types, and the functions that are nothing but one. */
import { realToInt32, realToInt64, scanReal } from '../numbers';
import { printValue } from '../printer';
import { compareIgnoringCase } from '../text';
import { printAbsoluteTime, printRelativeTime } from '../times';
import type { Value } from '../types';
import {
  booleanValue,
  ERROR,
  FALSE,
  integerValue,
  realValue,
  stringValue,
  TRUE,
  UNDEFINED,
} from '../values';
import { type FunctionTable, ofValue } from './signature';

/** A string: all but undefined and error have one. Spans of time lose their fractions. */
export function toStringValue(value: Value): Value {
  switch (value.type) {
    case 'string':
    case 'undefined':
    case 'error':
      return value;
    case 'absoluteTime':
      return stringValue(printAbsoluteTime(value.seconds, value.offset));
    case 'relativeTime':
      return stringValue(printRelativeTime(realToInt32(value.seconds)));
    default:
      return stringValue(printValue(value));
  }
}

/** A real; of a string, the number that it begins with. */
export function toRealValue(value: Value): Value {
  switch (value.type) {
    case 'undefined':
    case 'real':
      return value;
    case 'string': {
      const { value: real, length } = scanReal(value.value);
      return length === 0 ? ERROR : realValue(real);
    }
    case 'boolean':
      return realValue(value.value ? 1 : 0);
    case 'integer':
      return realValue(Number(value.value));
    case 'absoluteTime':
      return realValue(value.seconds);
    case 'relativeTime':
      return realValue(realToInt32(value.seconds));
    default:
      return ERROR;
  }
}

/** An integer: a real is cut; of a string, the number that it begins with is. */
export function toIntegerValue(value: Value): Value {
  switch (value.type) {
    case 'undefined':
    case 'integer':
      return value;
    case 'string': {
      const { value: real, length } = scanReal(value.value);
      return length === 0 ? ERROR : integerValue(realToInt64(real));
    }
    case 'boolean':
      return integerValue(value.value ? 1 : 0);
    case 'real':
      return integerValue(realToInt64(value.value));
    case 'absoluteTime':
      return integerValue(value.seconds);
    case 'relativeTime':
      return integerValue(realToInt32(value.seconds));
    default:
      return ERROR;
  }
}

/** The text of a value, or undefined where it has none. */
export function textOf(value: Value): string | undefined {
  const string = toStringValue(value);
  return string.type === 'string' ? string.value : undefined;
}

/** The number of a value as a real, or undefined where it has none. */
export function realOf(value: Value): number | undefined {
  const real = toRealValue(value);
  return real.type === 'real' ? real.value : undefined;
}

/**
 * A string as a result. One of more than 16 MiB gives error: a few calls of replaceall() could
 * make one that fills the memory.
 */
export function limitedString(text: string): Value {
  return text.length > MAX_STRING ? ERROR : stringValue(text);
}

/** The longest string that an evaluation may make, in characters. */
export const MAX_STRING = 16 * 1024 * 1024;

function toBooleanValue(value: Value): Value {
  switch (value.type) {
    case 'undefined':
    case 'boolean':
      return value;
    case 'integer':
      return booleanValue(value.value !== 0n);
    case 'real':
      return booleanValue(value.value !== 0);
    case 'relativeTime':
      return booleanValue(realToInt32(value.seconds) !== 0);
    case 'string':
      if (compareIgnoringCase(value.value, 'true') === 0) return TRUE;
      return compareIgnoringCase(value.value, 'false') === 0 ? FALSE : UNDEFINED;
    default:
      return ERROR;
  }
}

export const CONVERSIONS: FunctionTable = {
  bool: ofValue(toBooleanValue),
  int: ofValue(toIntegerValue),
  real: ofValue(toRealValue),
  string: ofValue(toStringValue),
};
