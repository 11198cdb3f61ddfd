/**
 * From a knob's text to its value, a function for each kind. An error is the end of a sentence that
 * begins with the knob: what was expected, and what is there where the text does not show it.
 *
 * Source: param_boolean(), param_integer() and their kin, as the manual describes them in
 * "Introduction to Configuration"; for MOUNT_UNDER_SCRATCH the manual's entry of that name.
 */
import { posix } from 'node:path';
import { err, ok, type Result } from '../../result';
import { evaluate, parseExpression, printValue } from '../classad';
import type { EvaluationHost, Expression, Scope, Value } from '../classad';
import type { KnobRow } from './knob-types';

/** What expressions are evaluated with. */
export interface ExpressionWorld {
  readonly scope: Scope;
  readonly host: EvaluationHost | undefined;
}

/**
 * Reads a path. Doubled and trailing slashes and `.` go; `..` is refused, because what it means
 * depends on links.
 */
export function readPath(text: string): Result<string, string> {
  if (!text.startsWith('/') || text.split('/').includes('..')) {
    return err('expected an absolute path without ".."');
  }
  const normal = posix.normalize(text);
  return ok(normal === '/' ? normal : normal.replace(/\/$/, ''));
}

/** Splits a list at commas and white space. */
export function readList(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/**
 * Reads a list or an expression that gives one: `/tmp,/scratch` is no expression, `"/tmp"` and
 * `ifThenElse(WantTmp, "/tmp", "")` are.
 */
export function readListExpression(
  text: string,
  world: ExpressionWorld,
): Result<readonly string[], string> {
  const expression = parseExpression(text, 'old');
  if (!expression.ok) return ok(readList(text));
  const value = evaluate(expression.value, world.scope, world.host);
  if (value.type === 'string') return ok(readList(value.value));
  return err(`expected a list or an expression that gives a string, ${found(value)}`);
}

/** Reads `true`, `false`, `t`, `f`, or an expression whose value is a boolean or a number. */
export function readBoolean(text: string, world: ExpressionWorld): Result<boolean, string> {
  const word = text.toLowerCase();
  // Single letters are what HTCondor's older knobs took, TRUST_UID_DOMAIN among them.
  if (word === 'true' || word === 't' || word === '1') return ok(true);
  if (word === 'false' || word === 'f' || word === '0') return ok(false);
  const expected = 'expected true, false or an expression that gives one of them';
  const value = evaluateText(text, expected, world);
  if (!value.ok) return value;
  if (value.value.type === 'boolean') return ok(value.value.value);
  if (value.value.type === 'integer') return ok(value.value.value !== 0n);
  if (value.value.type === 'real') return ok(value.value.value !== 0);
  return err(`${expected}, ${found(value.value)}`);
}

/** Reads an integer or an expression that gives one, within the row's bounds. */
export function readInteger(
  text: string,
  row: KnobRow,
  world: ExpressionWorld,
): Result<number, string> {
  const expected = `expected ${describeRange(row)}`;
  const value = evaluateText(text, expected, world);
  if (!value.ok) return value;
  const number =
    value.value.type === 'integer' || value.value.type === 'real'
      ? Math.trunc(Number(value.value.value))
      : NaN;
  // The comparison of NaN with a bound is false.
  if (number >= (row.min ?? -Infinity) && number <= (row.max ?? Number.MAX_SAFE_INTEGER)) {
    return ok(number);
  }
  return err(`${expected}, ${found(value.value)}`);
}

/** Reads one of the row's words. */
export function readChoice(text: string, row: KnobRow): Result<string, string> {
  const choices = row.choices ?? [];
  const choice = choices.find((word) => word.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return ok(choice);
  return err(`expected ${choices.filter((word) => word !== '').join(', ')}`);
}

/**
 * Reads an expression, in the old syntax: there a backslash stands for itself, as administrators
 * who write regular expressions expect.
 */
export function readExpression(text: string): Result<Expression, string> {
  const expression = parseExpression(text, 'old');
  if (expression.ok) return expression;
  const { column, message } = expression.error;
  return err(`expected a ClassAd expression, and at column ${column}: ${message}`);
}

function evaluateText(
  text: string,
  expected: string,
  { scope, host }: ExpressionWorld,
): Result<Value, string> {
  // Most are plain, and a job waits for all of them.
  if (/^\d{1,15}$/.test(text)) return ok({ type: 'integer', value: BigInt(text) });
  const expression = parseExpression(text, 'old');
  return expression.ok ? ok(evaluate(expression.value, scope, host)) : err(expected);
}

function found(value: Value): string {
  return `and it evaluates to ${printValue(value)}`;
}

function describeRange({ min, max, unit }: KnobRow): string {
  const inUnit = unit === undefined ? '' : ` (${unit})`;
  if (min !== undefined && max !== undefined) return `an integer from ${min} to ${max}${inUnit}`;
  if (min !== undefined) return `an integer not below ${min}${inUnit}`;
  return `an integer${inUnit}`;
}
