/**
 * Makes the `Config` of resolved values. Every reader of a configuration ends here: ours of ini
 * files, and one that asks HTCondor's own.
 */
import { err, ok, type Result } from '../../result';
import { evaluate, type EvaluationHost, type Scope } from '../classad';
import type { Config, KnobError } from './config';
import { findKnob } from './knob-names';
import type { ChoiceOf, KnobName, KnobRow } from './knob-types';
import { describeTrouble } from './origin';
import {
  type ExpressionWorld,
  readBoolean,
  readChoice,
  readExpression,
  readInteger,
  readList,
  readListExpression,
  readPath,
} from './read-value';
import type { KnobValue, KnobValues } from './resolve';

/** A knob that is set to nothing and has no default. */
const UNSET: KnobValue = { text: '', origin: { kind: 'default' } };

const NO_ADS: ExpressionWorld = { scope: {}, host: undefined };

/**
 * Makes a configuration.
 *
 * @param host what expressions in knobs may ask of the world: time, local time, randomness
 */
export function makeConfig(values: KnobValues, host?: EvaluationHost): Config {
  const valueOf = (name: string): KnobValue => values.get(name.toUpperCase()) ?? UNSET;
  const textOf = (name: string): string => valueOf(name).text;
  const world = (scope: Scope | undefined): ExpressionWorld => ({ scope: scope ?? {}, host });
  const judged = <T>(name: string, result: Result<T, string>): Result<T, KnobError> =>
    result.ok ? result : err(knobError(name, valueOf(name), result.error));

  return {
    string: (name) => textOf(name) || undefined,
    path(name) {
      const text = textOf(name);
      return text === '' ? ok(undefined) : judged(name, readPath(text));
    },
    list(name, scope) {
      const text = textOf(name);
      if (text === '') return ok([]);
      if (rowOf(name).kind === 'list') return ok(readList(text));
      return judged(name, readListExpression(text, world(scope)));
    },
    integer: (name, scope) => judged(name, readInteger(textOf(name), rowOf(name), world(scope))),
    boolean: (name, scope) => judged(name, readBoolean(textOf(name), world(scope))),
    expression(name) {
      const text = textOf(name);
      return text === '' ? ok(undefined) : judged(name, readExpression(text));
    },
    choice: <Name extends KnobName<'choice'>>(name: Name) => {
      const choice = readChoice(textOf(name), rowOf(name));
      return judged(name, choice) as Result<ChoiceOf<Name>, KnobError>;
    },
    text: textOf,
    origin: (name) => valueOf(name).origin,
  };
}

/**
 * Every knob whose text alone shows that it is set wrongly, whoever will ask for it. What depends
 * on a job's ad shows when the knob is asked for.
 */
export function wrongKnobs(values: KnobValues): readonly KnobError[] {
  const wrong: KnobError[] = [];
  for (const [name, value] of values) {
    if (value.origin.kind === 'default' || value.text === '') continue;
    const found = findKnob(name);
    if (found === undefined) continue;
    const trouble = troubleWith(value.text, found.row);
    if (trouble !== undefined) wrong.push(knobError(found.rowName, value, trouble));
  }
  return wrong;
}

function troubleWith(text: string, row: KnobRow): string | undefined {
  const result = check(text, row);
  return result.ok ? undefined : result.error;
}

/** Reads a text as far as that is possible without ads. */
function check(text: string, row: KnobRow): Result<unknown, string> {
  switch (row.kind) {
    case 'path':
      return readPath(text);
    case 'choice':
      return readChoice(text, row);
    case 'expression':
      return readExpression(text);
    case 'integer':
      return dependsOnAds(text) ? ok(text) : readInteger(text, row, NO_ADS);
    case 'boolean':
      return dependsOnAds(text) ? ok(text) : readBoolean(text, NO_ADS);
    case 'string':
    case 'list':
    case 'list-expression':
      return ok(text);
  }
}

/** Whether the value of an expression may be another one once there are ads. */
function dependsOnAds(text: string): boolean {
  const expression = readExpression(text);
  if (!expression.ok) return false;
  const { type } = evaluate(expression.value);
  return type === 'undefined' || type === 'error';
}

function rowOf(name: string): KnobRow {
  const found = findKnob(name);
  if (found === undefined) throw new Error(`${name} is not in the table of knobs`);
  return found.row;
}

function knobError(knob: string, value: KnobValue, trouble: string): KnobError {
  const message = describeTrouble({ name: knob, ...value }, trouble);
  return { knob, value: value.text, origin: value.origin, message };
}
