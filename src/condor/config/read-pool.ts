/**
 * Reads the configuration of a starter in a pool. HTCondor's own is the truth there: it is asked
 * from the pool's `condor_config_val`, and what it says is kept for the next starter.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../result';
import type { EvaluationHost } from '../classad';
import { findConfigVal, runConfigVal } from './condor-config-val';
import type { Config } from './config';
import { type Answer, parseConfigVal } from './config-val-output';
import { makeConfig, wrongKnobs } from './make-config';
import { CACHE_DIRECTORY, type CacheKey, readCache, writeCache } from './pool-cache';
import { poolValues } from './pool-values';
import { readList } from './read-value';
import type { KnobValues } from './resolve';
import type { ConfigError } from './settings';

/** What a pool's configuration is read from. */
export interface PoolConfigInput {
  /** `-local-name`: knobs `NAME.KNOB` win over `STARTER.KNOB` and over `KNOB`. */
  readonly localName: string | undefined;
  /** The startd's environment without what is secret (`sortEnvironment` of condor/startd). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The startd: beside its program is `condor_config_val`. */
  readonly parentPid: number;
  /** CONDOR_PARENT_ID; undefined: nothing is kept. */
  readonly parentId: string | undefined;
  /** What expressions in knobs may ask of the world. */
  readonly host?: EvaluationHost;
  /** The program, where it is known; else it is looked for. */
  readonly program?: string;
  /** `/run/eyrie` but for tests. */
  readonly cacheDirectory?: string;
  /** Milliseconds since the epoch, but for tests. */
  readonly now?: () => number;
}

/** A configuration, and who gave it. */
export interface PoolConfig {
  readonly config: Config;
  /** `cache`, or the path of the program that was asked; for the log. */
  readonly from: string;
}

/**
 * Reads a configuration.
 *
 * @returns the configuration, or everything that is wrong with it, each a sentence that names file
 * and line, or variable
 */
export function readPoolConfig(input: PoolConfigInput): Result<PoolConfig, readonly ConfigError[]> {
  const key = cacheKey(input);
  const cached = key === undefined ? undefined : readCache(key);
  if (cached !== undefined) return ok({ config: makeConfig(cached, input.host), from: 'cache' });
  const asked = (input.now ?? Date.now)();
  const program = input.program === undefined ? findConfigVal(input.parentPid) : ok(input.program);
  if (!program.ok) return err([{ message: program.error }]);
  const answer = ask(program.value, input);
  if (!answer.ok) return err([{ message: answer.error }]);
  const { localName, environment } = input;
  const values = poolValues({ knobs: answer.value.knobs, localName, environment });
  if (!values.ok) return values;
  const wrong = wrongKnobs(values.value);
  if (wrong.length > 0) return err(wrong);
  if (key !== undefined) keep(key, values.value, answer.value, asked);
  return ok({ config: makeConfig(values.value, input.host), from: program.value });
}

/** Root's starters of one startd share a cache; others have none. */
function cacheKey(input: PoolConfigInput): CacheKey | undefined {
  const { parentId, localName, environment } = input;
  if (parentId === undefined || process.geteuid?.() !== 0) return undefined;
  return { directory: input.cacheDirectory ?? CACHE_DIRECTORY, parentId, localName, environment };
}

/** The answer; `isOwn`: it holds for this process alone. */
type PoolAnswer = Answer & { readonly isOwn: boolean };

/** Asks, and where a value may have the asked program's process id in it, puts ours there. */
function ask(program: string, input: PoolConfigInput): Result<PoolAnswer, string> {
  const first = askOnce(program, input);
  if (!first.ok) return first;
  const { pid, answer } = first.value;
  const mention = new RegExp(`(?<!\\d)${pid}(?!\\d)`, 'g');
  if (!answer.knobs.some(({ text }) => text.search(mention) >= 0)) {
    return ok({ ...answer, isOwn: false });
  }
  // The number may be there by chance: what comes of $(PID) is different the next time.
  const second = askOnce(program, input);
  if (!second.ok) return second;
  const again = new Map(second.value.answer.knobs.map(({ name, text }) => [name, text]));
  const knobs = answer.knobs.map((knob) =>
    again.get(knob.name) === knob.text
      ? knob
      : { ...knob, text: knob.text.replace(mention, String(process.pid)) },
  );
  return ok({ ...answer, knobs, isOwn: true });
}

function askOnce(
  program: string,
  { localName, environment }: PoolConfigInput,
): Result<{ readonly pid: number; readonly answer: Answer }, string> {
  const run = runConfigVal(program, localName, environment);
  if (!run.ok) return run;
  const answer = parseConfigVal(run.value.output);
  return answer.ok
    ? ok({ pid: run.value.pid, answer: answer.value })
    : err(`${program}: ${answer.error}`);
}

/** Keeps values where everything that they depend on can be watched. */
function keep(key: CacheKey, values: KnobValues, answer: PoolAnswer, asked: number): void {
  const places = watchedPlaces(answer, key.environment);
  if (!answer.isOwn && places !== undefined) writeCache(key, values, places, asked);
}

/** Where HTCondor, as root, looks first for its configuration; other places are not watched. */
const MAIN_FILE = '/etc/condor/condor_config';

/** A line that reads what no list of files tells: a command's output, or a file if there is one. */
const UNWATCHED_INCLUDE = /^\s*@?include\b[^:\n]*\b(?:ifexist|command|output|into)\b/im;

/**
 * The files and directories of an answer; undefined: it depends on more than those.
 */
function watchedPlaces(
  { sources, knobs }: Answer,
  environment: CacheKey['environment'],
): readonly string[] | undefined {
  const [main] = sources;
  if (environment.CONDOR_CONFIG === undefined && main !== MAIN_FILE) return undefined;
  if (sources.some((source) => !path.isAbsolute(source) || source.endsWith('|'))) return undefined;
  if (sources.some(hasUnwatchedInclude)) return undefined;
  const textOf = (wanted: string): string =>
    knobs.find(({ name }) => name.toUpperCase() === wanted)?.text ?? '';
  const persistent = textOf('ENABLE_PERSISTENT_CONFIG').toLowerCase();
  if (persistent !== '' && persistent !== 'false') return undefined;
  const directories = readList(textOf('LOCAL_CONFIG_DIR'));
  return [
    ...new Set([...sources, ...sources.map((source) => path.dirname(source)), ...directories]),
  ];
}

function hasUnwatchedInclude(source: string): boolean {
  try {
    return UNWATCHED_INCLUDE.test(readFileSync(source, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
