/**
 * The codes that a procd answers with, and what they mean in words.
 *
 * Source: proc_family_io.h of HTCondor's releases.
 */
import type { Dialect } from './dialects';

/** Results by number; the number is the place. */
const RESULTS = [
  'success',
  'bad-root-pid',
  'bad-watcher-pid',
  'bad-snapshot-interval',
  'already-registered',
  'family-not-found',
  'process-not-found',
  'process-not-in-tree',
  'unregister-root',
  'bad-environment-info',
  'bad-login-info',
  'bad-glexec-info',
  'no-group-id',
  'no-glexec',
  'no-cgroup',
] as const;

/** How a request went. */
export type ProcdResult = (typeof RESULTS)[number];

/** How a request failed. */
export type ProcdRefusal = Exclude<ProcdResult, 'success'>;

const SENTENCES: Readonly<Record<ProcdRefusal, string>> = {
  'bad-root-pid': "the pid of the family's root must be greater than 0",
  'bad-watcher-pid': 'the pid of the watcher must not be less than 0',
  'bad-snapshot-interval': 'the interval between snapshots must not be less than -1',
  'already-registered': 'the process is the root of a family already',
  'family-not-found': 'the process is not the root of a family',
  'process-not-found': 'there is no such process',
  'process-not-in-tree': 'there is no such process below the root of all families',
  'unregister-root': 'the family of all processes cannot be given up',
  'bad-environment-info': 'the record of ancestors has a wrong length',
  'bad-login-info': 'the login name has a wrong length',
  'bad-glexec-info': "the proxy file's name has a wrong length",
  'no-group-id': 'no group id is free, or procd was not started with a range of them (-G)',
  'no-glexec': 'procd was not started with the programs of glexec (-I)',
  'no-cgroup': 'the control group cannot be used, or made',
};

/** The number of a result. */
export function resultNumber(dialect: Dialect, result: ProcdResult): number {
  return result === 'no-group-id' && !knowsGlexecResults(dialect) ? 11 : RESULTS.indexOf(result);
}

/** The result of a number; undefined: no procd gives it. */
export function resultOf(dialect: Dialect, number: number): ProcdResult | undefined {
  return number === 11 && !knowsGlexecResults(dialect) ? 'no-group-id' : RESULTS[number];
}

/** What a refusal means: a clause without its subject's name, for `procd: …`. */
export function refusalWords(refusal: ProcdRefusal): string {
  return SENTENCES[refusal];
}

/** Before 7.1.3 the code 11 was that of groups. */
function knowsGlexecResults({ since }: Dialect): boolean {
  return since !== '6.9.2' && since !== '6.9.5';
}
