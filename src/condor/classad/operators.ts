/**
 * The operators, applied to values. Those that do not look at all their operands (`&&`, `||`, the
 * conditional) are only in part here: {@link and} and {@link or} take the second operand as a
 * function.
 *
 * Source: the manual's "Evaluation Semantics"; `classad_eval`.
 */
import { compareIntegers, compareReals, compareStrings, type Comparison } from './comparisons';
import type { BinaryOperator, UnaryOperator } from './expression';
import { realToInt32 } from './numbers';
import type { Value } from './types';
import { booleanValue, ERROR, integerValue, realValue, truth, UNDEFINED } from './values';

type Operation = Exclude<BinaryOperator, '&&' | '||'>;

/** `OPERATOR operand` */
export function applyUnary(operator: UnaryOperator, operand: Value): Value {
  if (operand.type === 'undefined' || operand.type === 'error') return operand;
  switch (operator) {
    case '!': {
      const value = truth(operand);
      return value === undefined ? ERROR : booleanValue(!value);
    }
    case '~':
      return operand.type === 'integer' ? integerValue(~operand.value) : ERROR;
    case '+':
      return isNumberOrSpan(operand) ? operand : ERROR;
    case '-':
      return negate(operand);
  }
}

function isNumberOrSpan(value: Value): boolean {
  return value.type === 'integer' || value.type === 'real' || value.type === 'relativeTime';
}

function negate(operand: Value): Value {
  switch (operand.type) {
    case 'integer':
      return integerValue(-operand.value);
    case 'real':
      return realValue(-operand.value);
    case 'relativeTime':
      return { type: 'relativeTime', seconds: -operand.seconds };
    default:
      return ERROR;
  }
}

/** `left OPERATOR right` */
export function applyBinary(operator: Operation, left: Value, right: Value): Value {
  if (operator === '=?=') return identical(left, right, true);
  if (operator === '=!=') return identical(left, right, false);
  if (left.type === 'error' || right.type === 'error') return ERROR;
  if (left.type === 'undefined' || right.type === 'undefined') return UNDEFINED;
  switch (operator) {
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, left, right);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return calculate(operator, left, right);
    default:
      return left.type === 'integer' && right.type === 'integer'
        ? integerValue(combineBits(operator, left.value, right.value))
        : ERROR;
  }
}

/** `left && right` */
export function and(left: Value, right: () => Value): Value {
  return combineTruth(left, right, false);
}

/** `left || right` */
export function or(left: Value, right: () => Value): Value {
  return combineTruth(left, right, true);
}

/** @param decisive the value of one operand that decides, whatever the other one is. */
function combineTruth(left: Value, right: () => Value, decisive: boolean): Value {
  const first = truth(left);
  if (first === decisive) return booleanValue(decisive);
  // What is neither true nor false nor undefined is error; HTCondor looks no further.
  if (first === undefined && left.type !== 'undefined') return ERROR;
  const value = right();
  const second = truth(value);
  if (second === undefined) return value.type === 'undefined' ? UNDEFINED : ERROR;
  return first === undefined && second !== decisive ? UNDEFINED : booleanValue(second);
}

/** `=?=`: the same type and the same value; strings with regard to case. Never undefined. */
function identical(left: Value, right: Value, wanted: boolean): Value {
  if (left.type !== right.type) return booleanValue(!wanted);
  switch (left.type) {
    case 'undefined':
    case 'error':
      return booleanValue(wanted);
    case 'list':
    case 'ad':
      return ERROR;
    default:
      return booleanValue(sameScalar(left, right) === wanted);
  }
}

function sameScalar(left: Value, right: Value): boolean {
  if (left.type === 'absoluteTime' && right.type === 'absoluteTime') {
    return left.seconds === right.seconds && left.offset === right.offset;
  }
  if (left.type === 'relativeTime' && right.type === 'relativeTime') {
    return left.seconds === right.seconds;
  }
  return 'value' in left && 'value' in right && left.value === right.value;
}

function compare(operator: Comparison, left: Value, right: Value): Value {
  if (left.type === 'string' && right.type === 'string') {
    return booleanValue(compareStrings(operator, left.value, right.value));
  }
  if (left.type === 'absoluteTime' || left.type === 'relativeTime') {
    if (left.type !== right.type) return ERROR;
    return booleanValue(compareReals(operator, left.seconds, right.seconds));
  }
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) return ERROR;
  return typeof a === 'bigint' && typeof b === 'bigint'
    ? booleanValue(compareIntegers(operator, a, b))
    : booleanValue(compareReals(operator, Number(a), Number(b)));
}

/** Booleans are 0 and 1 where numbers are wanted. */
function numberOf(value: Value): bigint | number | undefined {
  switch (value.type) {
    case 'boolean':
      return value.value ? 1n : 0n;
    case 'integer':
    case 'real':
      return value.value;
    default:
      return undefined;
  }
}

type Arithmetic = '+' | '-' | '*' | '/' | '%';

function calculate(operator: Arithmetic, left: Value, right: Value): Value {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) return calculateTime(operator, left, right);
  return typeof a === 'bigint' && typeof b === 'bigint'
    ? calculateIntegers(operator, a, b)
    : calculateReals(operator, Number(a), Number(b));
}

const INT64_MAX = 2n ** 63n - 1n;

function calculateIntegers(operator: Arithmetic, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return integerValue(a + b);
    case '-':
      return integerValue(a - b);
    case '*':
      return integerValue(a * b);
    case '/': {
      if (b === 0n) return ERROR;
      const quotient = a / b;
      // The one quotient that does not fit; HTCondor gives the nearest that does.
      return integerValue(quotient > INT64_MAX ? INT64_MAX : quotient);
    }
    case '%':
      return b === 0n ? ERROR : integerValue(a % b);
  }
}

function calculateReals(operator: Arithmetic, a: number, b: number): Value {
  const result = operator === '%' ? Infinity : realResult(operator, a, b);
  // HTCondor takes positive infinity for an overflow, and only that.
  return result === Infinity ? ERROR : realValue(result);
}

function realResult(operator: Exclude<Arithmetic, '%'>, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}

function calculateTime(operator: Arithmetic, left: Value, right: Value): Value {
  switch (operator) {
    case '+':
      return addTimes(left, right);
    case '-':
      return subtractTimes(left, right);
    case '*':
      return left.type === 'relativeTime'
        ? scaleTime(left.seconds, right, (span, factor) => span * factor)
        : right.type === 'relativeTime'
          ? scaleTime(right.seconds, left, (span, factor) => span * factor)
          : ERROR;
    case '/':
      return left.type === 'relativeTime'
        ? scaleTime(left.seconds, right, (span, factor) => span / factor)
        : ERROR;
    case '%':
      return ERROR;
  }
}

function addTimes(left: Value, right: Value): Value {
  if (right.type !== 'relativeTime') {
    return left.type === 'relativeTime' && right.type === 'absoluteTime'
      ? addTimes(right, left)
      : ERROR;
  }
  if (left.type === 'absoluteTime') {
    return { ...left, seconds: left.seconds + realToInt32(right.seconds) };
  }
  return left.type === 'relativeTime'
    ? { type: 'relativeTime', seconds: left.seconds + right.seconds }
    : ERROR;
}

function subtractTimes(left: Value, right: Value): Value {
  if (left.type === 'absoluteTime' && right.type === 'relativeTime') {
    return { ...left, seconds: left.seconds - realToInt32(right.seconds) };
  }
  const bothOf = (type: 'absoluteTime' | 'relativeTime') =>
    left.type === type && right.type === type;
  if (bothOf('absoluteTime') || bothOf('relativeTime')) {
    const a = 'seconds' in left ? left.seconds : 0;
    const b = 'seconds' in right ? right.seconds : 0;
    return { type: 'relativeTime', seconds: a - b };
  }
  return ERROR;
}

function scaleTime(
  span: number,
  factor: Value,
  scale: (span: number, factor: number) => number,
): Value {
  if (factor.type !== 'integer' && factor.type !== 'real') return ERROR;
  const seconds = scale(span, Number(factor.value));
  return Number.isFinite(seconds) ? { type: 'relativeTime', seconds } : ERROR;
}

/** Shifts take the low six bits of their count, as x86-64 does. */
function combineBits(
  operator: Exclude<Operation, Comparison | Arithmetic | '=?=' | '=!='>,
  a: bigint,
  b: bigint,
): bigint {
  const count = b & 63n;
  switch (operator) {
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << count;
    case '>>':
      return shiftRight(a, b);
    case '>>>':
      return a >= 0n ? a >> count : shiftRightUnsigned(a, b);
  }
}

/** A negative number is shifted by as much as asked for: by 64 and more it becomes -1. */
function shiftRight(a: bigint, b: bigint): bigint {
  if (a >= 0n) return a >> (b & 63n);
  return b <= 0n ? a : a >> (b > 64n ? 64n : b);
}

/** Zeros come in from the left. HTCondor shifts by 1 first, then by the rest; so 0 is 64. */
function shiftRightUnsigned(a: bigint, b: bigint): bigint {
  const once = BigInt.asUintN(64, a) >> 1n;
  return once >> ((b - 1n) & 63n);
}
