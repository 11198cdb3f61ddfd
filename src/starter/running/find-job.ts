/**
 * JOB, as every command of `eyrie` takes it: `cluster.proc`, or the pid of the job's starter.
 */
import { printableLine } from '../../printable';
import { err, ok, type Result } from '../../result';
import type { RunningJob } from './read-records';

/**
 * Finds the one job that is meant.
 *
 * @param jobs all that run and that the caller may know of
 * @param isRoot whether those are everybody's
 * @returns a sentence where there is none, or more than one
 */
export function findJob(
  word: string,
  jobs: readonly RunningJob[],
  isRoot: boolean,
): Result<RunningJob, string> {
  const [, cluster, proc] = /^(\d+)(?:\.(\d+))?$/.exec(word) ?? [];
  if (cluster === undefined) {
    return err(`'${word}' is no job: expected cluster.proc, as in 12.0, or the pid of a starter`);
  }
  if (proc === undefined) return findByPid(Number(cluster), jobs, isRoot);
  const found = jobs.filter((job) => jobName(job) === `${Number(cluster)}.${Number(proc)}`);
  const [first] = found;
  if (first === undefined) return err(`no job ${word} runs here${theirs(isRoot)}: ${others(jobs)}`);
  return found.length === 1 ? ok(first) : err(ambiguous(word, found));
}

/** `12.0` */
export function jobName({ cluster, proc }: Pick<RunningJob, 'cluster' | 'proc'>): string {
  return `${cluster}.${proc}`;
}

function findByPid(
  pid: number,
  jobs: readonly RunningJob[],
  isRoot: boolean,
): Result<RunningJob, string> {
  const found = jobs.find(({ starter }) => starter.pid === pid);
  if (found !== undefined) return ok(found);
  const cluster = jobs.filter((job) => job.cluster === pid);
  if (cluster.length > 0) {
    const there = `of cluster ${pid} there runs ${list(cluster)}`;
    return err(`process ${pid} is no starter with a job that runs; ${there}`);
  }
  return err(`process ${pid} is no starter with a job that runs${theirs(isRoot)}: ${others(jobs)}`);
}

function theirs(isRoot: boolean): string {
  return isRoot ? '' : ' (of yours: root sees those of other users, too)';
}

function others(jobs: readonly RunningJob[]): string {
  return jobs.length === 0 ? 'none does; it may have ended' : `there runs ${list(jobs)}`;
}

/** More would be a table, and that is `eyrie ps`. */
const SHOWN = 10;

function list(jobs: readonly RunningJob[]): string {
  const names = jobs.slice(0, SHOWN).map(jobName);
  const more = jobs.length > SHOWN ? [`${jobs.length - SHOWN} more (eyrie ps)`] : [];
  return [...names, ...more].join(', ');
}

/** Schedds count for themselves, and so does everybody who runs jobs by hand. */
function ambiguous(word: string, jobs: readonly RunningJob[]): string {
  const lines = jobs.map(({ starter, user, slot, globalId }) => {
    const from = globalId === undefined ? 'by hand' : `of ${globalId.split('#')[0] ?? ''}`;
    const words = [`of ${user}`, from, ...(slot === '' ? [] : [slot])];
    return `\n  ${starter.pid}  ${printableLine(words.join(', '))}`;
  });
  const head = `${jobs.length} jobs ${word} run here; name the pid of the starter:`;
  return `${head}${lines.join('')}`;
}
