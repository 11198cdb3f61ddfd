/** Functions of numbers. */
import type { Evaluation } from '../evaluation';
import { realToInt64, roundToEven } from '../numbers';
import type { ListValue, Value } from '../types';
import { ERROR, integerValue, realValue } from '../values';
import { realOf } from './conversions';
import { type FunctionTable, ofValue, ofValues } from './signature';

/** An integer stays as it is; everything else that has a number is rounded to one. */
function rounding(round: (real: number) => number) {
  return ofValue((value) => {
    if (value.type === 'integer') return value;
    const real = realOf(value);
    return real === undefined ? ERROR : integerValue(realToInt64(round(real)));
  });
}

/** Integers give an integer where the exponent is not negative. */
function pow([base = ERROR, exponent = ERROR]: readonly Value[]): Value {
  if (base.type === 'integer' && exponent.type === 'integer' && exponent.value >= 0n) {
    return integerValue(realToInt64(integerPower(base.value, exponent.value) + 0.5));
  }
  const x = realOf(base);
  const y = realOf(exponent);
  return x === undefined || y === undefined ? ERROR : realValue(realPower(x, y));
}

/** The power as a real. Exact before it is rounded, which JavaScript's pow() does not promise. */
function integerPower(base: bigint, exponent: bigint): number {
  // From the 65th power on nothing but 0, 1 and -1 fits an integer, and their powers repeat.
  if (exponent <= 64n) return Number(base ** exponent);
  return base * base <= 1n ? integerPower(base, 2n - (exponent % 2n)) : Infinity;
}

/** Where C's pow() has a result, JavaScript's is sometimes NaN. */
function realPower(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  return base ** exponent;
}

/** Rounds up to a multiple of the second parameter, or to the next item of a list. */
function quantize([value = ERROR, base = ERROR]: readonly Value[], evaluation: Evaluation): Value {
  const real = realOf(value);
  if (real === undefined) return ERROR;
  if (base.type !== 'list') return roundUp(value, real, base);
  return quantizeByList(value, real, base, evaluation);
}

/** Past the greatest item, its multiples count. An empty list changes nothing. */
function quantizeByList(
  value: Value,
  real: number,
  list: ListValue,
  evaluation: Evaluation,
): Value {
  let last: Value = realValue(0);
  for (const item of list.items) {
    last = evaluation.evaluateItem(list, item);
    const step = realOf(last);
    if (step === undefined) return ERROR;
    if (step >= real) return last;
  }
  return roundUp(value, real, last);
}

function roundUp(value: Value, real: number, base: Value): Value {
  const step = realOf(base);
  if (step === undefined) return ERROR;
  if (base.type === 'integer') {
    if (base.value === 0n) return value;
    if (value.type !== 'integer') return realValue(Math.ceil(real / step) * step);
    // The sum may wrap around, as it does in C.
    const reached = BigInt.asIntN(64, value.value + base.value - 1n);
    return integerValue((reached / base.value) * base.value);
  }
  // As HTCondor: a step this small is none.
  return Math.abs(step) <= 1e-8 ? value : realValue(Math.ceil(real / step) * step);
}

/** Below 1.0, or below a number: an integer below an integer. */
function random([limit = realValue(1)]: readonly Value[], { host }: Evaluation): Value {
  if (host === undefined) return ERROR;
  if (limit.type === 'integer' && limit.value > 0n) {
    return integerValue(realToInt64(host.random() * Number(limit.value)));
  }
  return limit.type === 'real' && limit.value > 0 ? realValue(limit.value * host.random()) : ERROR;
}

const ceiling = rounding(Math.ceil);

export const NUMBERS: FunctionTable = {
  ceil: ceiling,
  ceiling,
  floor: rounding(Math.floor),
  pow: ofValues(2, 2, pow),
  quantize: ofValues(2, 2, quantize),
  random: ofValues(0, 1, random),
  round: rounding(roundToEven),
};
