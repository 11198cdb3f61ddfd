/**
 * Reads the fields of a request. What is not described here is refused: a field that nobody knows may
 * be an attempt to smuggle something in.
 *
 * ```ts
 * const REQUEST = {
 *   owner: text({ max: 256 }),
 *   seconds: wholeNumber(1, 86_400),
 *   prefer: optional(text({ max: 32 })),
 * };
 * const read = (request: JsonObject) => readFields(request, REQUEST);
 * // Result<{ owner: string; seconds: number; prefer: string | undefined }, string>
 * ```
 */
import { toBytes } from '../../byte-text';
import { printableLine } from '../../printable';
import { err, ok, type Result } from '../../result';
import type { Json, JsonObject } from './types';

/**
 * Checks one value. An error is the end of a sentence that begins with the field's name, what was
 * expected: `expected a whole number from 1 to 9`.
 *
 * @param value undefined: the field is not there
 */
export type Field<Value> = (value: Json | undefined) => Result<Value, string>;

/** A field for each name. */
export type Shape = Readonly<Record<string, Field<unknown>>>;

/** What fields of a shape give. */
export type ValuesOf<Fields extends Shape> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer Value> ? Value : never;
};

/** Of a value in a message. */
const SHOWN = 40;

/**
 * Reads all fields of a request, or of an object inside one.
 *
 * @param request without `id` and `op`, which the server has taken off
 * @returns an error that names the field: `seconds: expected a whole number from 1 to 86400`
 */
export function readFields<Fields extends Shape>(
  request: JsonObject,
  shape: Fields,
): Result<ValuesOf<Fields>, string> {
  const unknown = Object.keys(request).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) {
    return err(`unknown field ${shown(unknown)}: expected ${namesOf(shape)}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape)) {
    const read = field(Object.hasOwn(request, name) ? request[name] : undefined);
    if (!read.ok) return err(`${name}: ${read.error}`);
    values[name] = read.value;
  }
  return ok(values as ValuesOf<Fields>);
}

function namesOf(shape: Shape): string {
  const names = Object.keys(shape);
  return names.length === 0 ? 'none' : names.join(', ');
}

/** A field that may be left out; `null` does not count as left out. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return (value) => (value === undefined ? ok(undefined) : field(value));
}

/** How long a text may be, in bytes of UTF-8. */
export interface TextLimits {
  /** 1 where nothing is said. */
  readonly min?: number;
  readonly max: number;
}

/** C0, DEL, C1, and what ends a line or changes the direction of writing. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/**
 * A text on one line, well-formed, without control characters: it may stand in a log, or be shown on
 * a terminal.
 */
export function text(limits: TextLimits): Field<string> {
  const any = bytes(limits);
  return (value) => {
    const read = any(value);
    if (!read.ok) return read;
    if (CONTROL.test(read.value) || !isWellFormed(read.value)) {
      return err('expected a text without control characters');
    }
    return read;
  };
}

/**
 * Any text without NUL, as the kernel takes it: an argument, a path, the value of a variable. A byte
 * that is not UTF-8 is a lone surrogate, see byte-text.ts.
 */
export function bytes({ min = 1, max }: TextLimits): Field<string> {
  return (value) => {
    if (typeof value !== 'string') return err('expected a text');
    const { length } = toBytes(value);
    if (length < min || length > max) return err(`expected a text of ${min} to ${max} bytes`);
    return value.includes('\0') ? err('expected a text without NUL') : ok(value);
  };
}

/** A text of a form that is described in words: `a name of letters and digits`. */
export function matching(form: RegExp, described: string, limits: TextLimits): Field<string> {
  const any = text(limits);
  return (value) => {
    const read = any(value);
    return read.ok && !form.test(read.value) ? err(`expected ${described}`) : read;
  };
}

/** What a name of an account may be, as useradd(8) takes it: no path, no number, no option. */
export function accountName(): Field<string> {
  const described = "an account's name of letters, digits, '_', '.' and '-'";
  return matching(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, described, { max: 256 });
}

/** A whole number, both ends included; they lie within what JavaScript counts exactly. */
export function wholeNumber(min: number, max: number): Field<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? ok(value)
      : err(`expected a whole number from ${min} to ${max}`);
}

/** A finite number, both ends included. */
export function number(min: number, max: number): Field<number> {
  return (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max
      ? ok(value)
      : err(`expected a number from ${min} to ${max}`);
}

/** `true` or `false`. */
export function flag(): Field<boolean> {
  return (value) => (typeof value === 'boolean' ? ok(value) : err('expected true or false'));
}

/** One of some words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Field<Word> {
  return (value) => {
    const word = words.find((each) => each === value);
    return word === undefined ? err(`expected ${words.join(', ')}`) : ok(word);
  };
}

/** What either of two fields takes; the second one's error counts. */
export function either<First, Second>(
  first: Field<First>,
  second: Field<Second>,
): Field<First | Second> {
  return (value) => {
    const read = first(value);
    return read.ok ? read : second(value);
  };
}

/** A list of up to `max` of a kind. */
export function listOf<Value>(field: Field<Value>, max: number): Field<readonly Value[]> {
  return (value) => {
    if (!isList(value)) return err('expected a list');
    if (value.length > max) return err(`expected at most ${max} entries`);
    const values: Value[] = [];
    for (const [index, each] of value.entries()) {
      const read = field(each);
      if (!read.ok) return err(`entry ${index}: ${read.error}`);
      values.push(read.value);
    }
    return ok(values);
  };
}

/**
 * An object whose names the client chooses, up to `max` of them: variables, limits. The map has the
 * names as they are, `__proto__` too.
 */
export function mapOf<Value>(
  name: Field<string>,
  field: Field<Value>,
  max: number,
): Field<ReadonlyMap<string, Value>> {
  return (value) => {
    if (!isObject(value)) return err('expected an object');
    const entries = Object.entries(value);
    if (entries.length > max) return err(`expected at most ${max} entries`);
    const values = new Map<string, Value>();
    for (const [key, each] of entries) {
      const named = name(key);
      if (!named.ok) return err(`name ${shown(key)}: ${named.error}`);
      const read = field(each);
      if (!read.ok) return err(`${shown(key)}: ${read.error}`);
      values.set(named.value, read.value);
    }
    return ok(values);
  };
}

/** An object with fields of its own. */
export function objectOf<Fields extends Shape>(shape: Fields): Field<ValuesOf<Fields>> {
  return (value) => (isObject(value) ? readFields(value, shape) : err('expected an object'));
}

/** Whether a value is an object, no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether all surrogates are in pairs. */
function isWellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

/** A word of the client's, for a message. */
function shown(word: string): string {
  const line = printableLine(word);
  return `'${line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line}'`;
}

/** A text of an object that came as an answer; empty where there is none. */
export function textOf(fields: JsonObject, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}
