/** The private memory of what stands beside a sleeping job. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** The children of a process, and theirs, by pid. */
function descendants(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.flatMap((child) => [Number(child), ...descendants(child)]);
}

/** KiB that only this process has: Private_* of proc_pid_smaps(5). */
function privateMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + +kib, 0);
}

/**
 * The job below a process, by the name of its program; undefined: it has not begun. A process that
 * ends while we look counts as not begun.
 */
export function findJob(pid, program) {
  try {
    return descendants(pid).find(
      (one) => path.basename(readlinkSync(`/proc/${one}/exe`)) === program,
    );
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
    throw error;
  }
}

/** KiB of the process and its descendants, without the job. */
export function memoryBesideJob(pid, job) {
  return [pid, ...descendants(pid)]
    .filter((one) => one !== job)
    .reduce((sum, one) => sum + privateMemory(one), 0);
}
