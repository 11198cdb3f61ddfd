/** Values of the language, made from JavaScript's. */
import { literal, type AttributeList } from './attribute-list';
import type { AdValue, ListValue, Value } from './types';

export const UNDEFINED: Value = { type: 'undefined' };
export const ERROR: Value = { type: 'error' };
export const TRUE: Value = { type: 'boolean', value: true };
export const FALSE: Value = { type: 'boolean', value: false };

export function booleanValue(value: boolean): Value {
  return value ? TRUE : FALSE;
}

/** A number must be whole. What does not fit into 64 bits wraps around, as in C. */
export function integerValue(value: bigint | number): Value {
  return { type: 'integer', value: BigInt.asIntN(64, BigInt(value)) };
}

export function realValue(value: number): Value {
  return { type: 'real', value };
}

export function stringValue(value: string): Value {
  return { type: 'string', value };
}

export function listValue(values: readonly Value[]): ListValue {
  return { type: 'list', items: values.map(literal), scope: undefined };
}

export function adValue(ad: AttributeList): AdValue {
  return { type: 'ad', ad, scope: undefined };
}

/** Whether a value counts as true where a condition is wanted: booleans, and numbers but 0. */
export function truth(value: Value): boolean | undefined {
  switch (value.type) {
    case 'boolean':
      return value.value;
    case 'integer':
      return value.value !== 0n;
    case 'real':
      return value.value !== 0;
    default:
      return undefined;
  }
}
