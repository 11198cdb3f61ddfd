/** Reads `condor_starter`'s command line. Pure. */
import { nearest } from '../../nearest';
import { err, ok } from '../../result';
import type { Result } from '../../result';
import {
  PORT_REFUSED,
  STARTER_OPTIONS,
  STARTER_OPTION_NAMES,
  findStarterOption,
} from './starter-options';
import type { StarterOptionName, StarterOptionRow } from './starter-options';
import type { JobSource, StarterArguments, StarterInvocation, UsageError } from './types';

/** The words of a command line, sorted; of an option given twice the last counts. */
interface Words {
  readonly given: ReadonlyMap<StarterOptionName, string>;
  readonly host: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads the words after `condor_starter`. Options may stand in any order, and an option's argument
 * is the next word whatever it looks like. An option given twice makes a warning, not an error.
 */
export function parseStarterArguments(
  argv: readonly string[],
): Result<StarterInvocation, UsageError> {
  const words = sortWords(argv);
  if (!words.ok) return words;
  const { given } = words.value;
  if (given.has('help')) return ok({ action: 'help' });
  if (given.has('version')) return ok({ action: 'version' });
  if (given.has('classad')) return ok({ action: 'abilities' });
  const starterArguments = toArguments(words.value);
  return starterArguments.ok
    ? ok({ action: 'run', arguments: starterArguments.value })
    : starterArguments;
}

function sortWords(argv: readonly string[]): Result<Words, UsageError> {
  const given = new Map<StarterOptionName, string>();
  const warnings: string[] = [];
  let host: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('-')) {
      if (host !== undefined) warnings.push(`several submit hosts given: using '${word}'`);
      host = word;
      continue;
    }
    const name = findStarterOption(word);
    if (name === undefined) return err({ message: `unknown option '${word}'${didYouMean(word)}` });
    const row: StarterOptionRow = STARTER_OPTIONS[name];
    if (row.refused !== undefined) return err({ message: `-${name} is refused: ${row.refused}` });
    const value = row.argument === undefined ? '' : argv[++i];
    if (value === undefined) return err({ message: `-${name} needs an argument: ${row.argument}` });
    if (row.ignored !== undefined) warnings.push(`-${name} is ignored: ${row.ignored}`);
    if (row.argument !== undefined && given.has(name)) {
      warnings.push(`several -${name} given: using '${value}'`);
    }
    given.set(name, value);
  }
  return ok({ given, host, warnings });
}

function didYouMean(word: string): string {
  const meant = nearest(word.replace(/^-+/, ''), STARTER_OPTION_NAMES);
  return meant === undefined ? '' : `: did you mean '-${meant}'?`;
}

function toArguments({ given, host, warnings }: Words): Result<StarterArguments, UsageError> {
  const source = jobSource(given, host);
  if (!source.ok) return source;
  const conflict = streamConflict(given) ?? portConflict(given);
  if (conflict) return err(conflict);
  const cluster = jobNumber(given, 'job-cluster');
  const proc = jobNumber(given, 'job-proc');
  if (!cluster.ok) return cluster;
  if (!proc.ok) return proc;
  return ok({
    source: source.value,
    cluster: cluster.value,
    proc: proc.value,
    outputAd: given.get('job-output-ad'),
    stdin: given.get('job-stdin'),
    stdout: given.get('job-stdout'),
    stderr: given.get('job-stderr'),
    localName: given.get('local-name'),
    configFile: given.get('config'),
    slotName: given.get('slot-name'),
    terminalLog: given.has('termlog'),
    logDirectory: given.get('log'),
    logAppend: given.get('append'),
    logHeader: given.get('header'),
    warnings,
  });
}

/** Where the job comes from: a shadow, or an ad, never both. */
function jobSource(given: Words['given'], host: string | undefined): Result<JobSource, UsageError> {
  const path = given.get('job-input-ad');
  if (host === undefined) {
    return path === undefined
      ? err({ message: 'no job: expected -job-input-ad PATH or a submit host' })
      : ok({ kind: 'ad', path });
  }
  if (path !== undefined) {
    const message = `the job comes from the submit host '${host}' or -job-input-ad: not both`;
    return err({ message });
  }
  return host === ''
    ? err({ message: 'the submit host is an empty word' })
    : ok({ kind: 'shadow', host });
}

/** A stream of ours can be one thing only. */
function streamConflict(given: Words['given']): UsageError | undefined {
  const pairs = [
    ['standard input', 'job-input-ad', 'job-stdin'],
    ['standard output', 'job-output-ad', 'job-stdout'],
  ] as const;
  for (const [stream, ad, jobStream] of pairs) {
    if (given.get(ad) === '-' && given.get(jobStream) === '-') {
      return { message: `${stream} cannot be both -${ad} and -${jobStream}: name a file for one` };
    }
  }
  return undefined;
}

function portConflict(given: Words['given']): UsageError | undefined {
  const port = given.get('port') ?? '0';
  return port === '0' ? undefined : { message: `-port ${port} is refused: ${PORT_REFUSED}` };
}

/** HTCondor's job numbers are C ints; it takes -1 for none, and words for 0. */
function jobNumber(
  given: Words['given'],
  name: 'job-cluster' | 'job-proc',
): Result<number | undefined, UsageError> {
  const word = given.get(name);
  if (word === undefined) return ok(undefined);
  const number = Number(word);
  if (/^\d+$/.test(word) && number < 2 ** 31) return ok(number);
  return err({ message: `-${name} takes a whole number from 0 to 2147483647, not '${word}'` });
}
