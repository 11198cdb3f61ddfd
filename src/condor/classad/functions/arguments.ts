/**
 * Functions of arguments and environments in the syntaxes of the job attributes Args and Env (V1)
 * and Arguments and Environment (V2).
 *
 * Source: condor_submit(1), `arguments` and `environment`.
 */
import type { Evaluation } from '../evaluation';
import { compareBytes } from '../text';
import type { Value } from '../types';
import { ERROR, listValue, stringValue, UNDEFINED } from '../values';
import { limitedString } from './conversions';
import { type FunctionTable, ofValue, ofValues } from './signature';

/** Words between white space; `'…'` keeps it, and `''` in it is a quote. undefined: left open. */
function wordsV2(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "'" && quoted && text.charAt(at + 1) === "'") {
      word = `${word ?? ''}'`;
      at += 1;
    } else if (character === "'") {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && ' \t\n\r'.includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return quoted ? undefined : words;
}

function wordsV1(text: string): string[] {
  return text.split(/[ \t\n\r]+/).filter((word) => word !== '');
}

function printV2(words: readonly string[]): string {
  return words
    .map((word) =>
      word === ''
        ? "''"
        : word.replace(/[ \t\n\r']+/g, (special) => `'${special.replaceAll("'", "''")}'`),
    )
    .join(' ');
}

/** V1 has no quotes. HTCondor lets an empty word vanish. */
function printV1(words: readonly string[]): string | undefined {
  return words.some((word) => /[ \t\n\r]/.test(word)) ? undefined : words.join(' ').trimStart();
}

/** The version that the second parameter names. */
function versionOf(value: Value | undefined): 1 | 2 | undefined {
  if (value === undefined) return 2;
  if (value.type !== 'integer') return undefined;
  return value.value === 1n ? 1 : value.value === 2n ? 2 : undefined;
}

function argsToList([text = ERROR, versionValue]: readonly Value[]): Value {
  const version = versionOf(versionValue);
  if (version === undefined || text.type !== 'string') return ERROR;
  const words = version === 1 ? wordsV1(text.value) : wordsV2(text.value);
  return words === undefined ? ERROR : listValue(words.map(stringValue));
}

function listToArgs([list = ERROR, versionValue]: readonly Value[], evaluation: Evaluation): Value {
  const version = versionOf(versionValue);
  if (version === undefined || list.type !== 'list') return ERROR;
  const words: string[] = [];
  for (const item of list.items) {
    const value = evaluation.evaluateItem(list, item);
    if (value.type !== 'string') return ERROR;
    words.push(value.value);
  }
  const text = version === 1 ? printV1(words) : printV2(words);
  return text === undefined ? ERROR : limitedString(text);
}

type Environment = Map<string, string>;

/** Adds `NAME=value` entries; false where one is none. An unexpanded `$$(…)` stays as it is. */
function addEntries(environment: Environment, entries: readonly string[]): boolean {
  return entries.every((entry) => {
    const equals = entry.indexOf('=');
    const isMacro = equals < 0 && entry.includes('$$');
    if (equals < 1 && !isMacro) return false;
    environment.set(isMacro ? entry : entry.slice(0, equals), entry);
    return true;
  });
}

/** Sorted by name, as HTCondor's map is. */
function printEnvironment(environment: Environment): string {
  const sorted = [...environment].sort(([a], [b]) => compareBytes(a, b));
  return printV2(sorted.map(([, entry]) => entry));
}

const V1_DELIMITERS = '!#$%&*+,-/:;<>?@^`|~\x1f';

/** V1: entries between `;`, or between the first character where that is a delimiter. */
function envV1ToV2(value: Value): Value {
  if (value.type === 'undefined') return UNDEFINED;
  if (value.type !== 'string') return ERROR;
  const first = value.value.charAt(0);
  const named = first !== '' && V1_DELIMITERS.includes(first);
  const delimiter = named ? first : ';';
  const entries = (named ? value.value.slice(1) : value.value)
    .split('\n')
    .flatMap((line) => line.split(delimiter))
    .map((entry) => entry.replace(/^[ \t\r]+/, ''))
    .filter((entry) => entry !== '');
  const environment: Environment = new Map();
  if (!addEntries(environment, entries)) return ERROR;
  return limitedString(printEnvironment(environment));
}

function mergeEnvironment(values: readonly Value[]): Value {
  const environment: Environment = new Map();
  for (const value of values) {
    if (value.type === 'undefined') continue;
    const words = value.type === 'string' ? wordsV2(value.value) : undefined;
    if (words === undefined || !addEntries(environment, words)) return ERROR;
  }
  return limitedString(printEnvironment(environment));
}

export const ARGUMENTS: FunctionTable = {
  argstolist: ofValues(1, 2, argsToList),
  envv1tov2: ofValue(envV1ToV2),
  listtoargs: ofValues(1, 2, listToArgs),
  mergeenvironment: ofValues(0, Infinity, mergeEnvironment),
};
