/**
 * From what `condor_config_val` answers to the values of all knobs. Pure.
 */
import { ok, err, type Result } from '../../result';
import type { AnsweredKnob } from './config-val-output';
import { findKnob, plainKnobs } from './knob-names';
import { expandMacros } from './macros';
import type { Origin } from './origin';
import type { KnobValue, KnobValues } from './resolve';
import type { ConfigError } from './settings';

/** What values are made of. */
export interface PoolValuesInput {
  readonly knobs: readonly AnsweredKnob[];
  readonly localName: string | undefined;
  /** In it an override's variable is looked for, to name it in messages. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the values. A knob that HTCondor does not know, or that is set to nothing where there must
 * be a value, has our table's default of a pool.
 */
export function poolValues(input: PoolValuesInput): Result<KnobValues, readonly ConfigError[]> {
  const answered = answeredValues(input);
  const values = new Map<string, KnobValue>();
  const errors: ConfigError[] = [];
  for (const [name, value] of answered) {
    if (value.text !== '' || !needsValue(name)) values.set(name, value);
  }
  for (const { rowName, row } of plainKnobs()) {
    const name = rowName.toUpperCase();
    if (values.has(name)) continue;
    const text = expandDefault(row.pool, values, [name]);
    if (text.ok) values.set(name, { text: text.value, origin: { kind: 'default' } });
    else errors.push({ message: `${rowName} = ${row.pool} (default): ${text.error}` });
  }
  return errors.length > 0 ? err(errors) : ok(values);
}

/** Values by bare name in upper case, where one without a prefix is the answer to all prefixes. */
function answeredValues(input: PoolValuesInput): ReadonlyMap<string, KnobValue> {
  const ranks = new Map<string, number>();
  const values = new Map<string, KnobValue>();
  const prefixes = ['', `${input.localName ?? ''}.`, 'STARTER.'].map((one) => one.toUpperCase());
  for (const { name, text, location } of input.knobs) {
    const upper = name.toUpperCase();
    const rank = prefixes.findIndex(
      (prefix) => findKnob(withoutPrefix(upper, prefix)) !== undefined,
    );
    const bare = withoutPrefix(upper, prefixes[rank] ?? '');
    if (rank < 0 || rank >= (ranks.get(bare) ?? Infinity)) continue;
    ranks.set(bare, rank);
    values.set(bare, { text, origin: originOf(location, bare, input) });
  }
  return values;
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function needsValue(name: string): boolean {
  const kind = findKnob(name)?.row.kind;
  return kind === 'boolean' || kind === 'integer' || kind === 'choice';
}

/** Expands our own defaults, which refer to knobs of the table only. */
function expandDefault(
  text: string,
  values: ReadonlyMap<string, KnobValue>,
  underway: readonly string[],
): Result<string, string> {
  return expandMacros(text, {
    environment: () => undefined,
    macro(name) {
      const wanted = name.toUpperCase();
      const value = values.get(wanted);
      if (value !== undefined) return ok(value.text);
      const row = findKnob(wanted)?.row;
      if (row === undefined || underway.includes(wanted)) return ok(undefined);
      return expandDefault(row.pool, values, [...underway, wanted]);
    },
  });
}

/** A file and a line, and perhaps the metaknob that is used there. A command's output ends in `|`. */
const IN_FILE = /^(.+), line (\d+)(?:, use .*)?$/;

function originOf(location: string, bare: string, input: PoolValuesInput): Origin {
  const [, file, line] = IN_FILE.exec(location) ?? [];
  if (file !== undefined) return { kind: 'file', file, line: Number(line) };
  if (location !== '<Environment>') return { kind: 'default' };
  const local = input.localName === undefined ? [] : [`${input.localName}.`];
  const wanted = [...local, 'STARTER.', ''].map((one) => `_CONDOR_${one}${bare}`.toUpperCase());
  const variables = Object.keys(input.environment);
  const found = wanted
    .map((name) => variables.find((variable) => variable.toUpperCase() === name))
    .find((variable) => variable !== undefined);
  return { kind: 'environment', variable: found ?? `_CONDOR_${bare}` };
}
