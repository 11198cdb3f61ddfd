/**
 * The eyrie-init of a running job, held by its /proc/PID, so that what is read there is of it and of
 * no later process with its pid.
 */
import fs from 'node:fs';
import {
  hasEnded,
  ownIdentity,
  parentPidOf,
  startTimeOf,
} from '../../kernel/proc/process-identity';
import { readKernelFile } from '../../kernel/proc/read';
import { parseStatus } from '../../kernel/proc/status';
import { err, ok, type Result } from '../../result';
import type { EntryUser } from '../../kernel/enter';
import { jobName } from './find-job';
import type { RunningJob } from './read-records';

/** An eyrie-init that lives, at the time of opening. */
export interface Target {
  readonly pid: number;
  /** Its /proc/PID; `close()` closes it. */
  readonly directory: number;
  /** The text of a file in there; where the process has ended meanwhile, an error. */
  read(name: string): Result<string, string>;
  close(): void;
}

/**
 * Opens the eyrie-init of a job: the process of that pid and start time, whose parent is the job's
 * starter, which lives.
 */
export function openTarget(job: RunningJob): Result<Target, string> {
  const target = open(job.init.pid);
  if (target === undefined) return err(hasGone(job));
  const stat = target.read('stat');
  const own = ownIdentity();
  const isIt =
    stat.ok &&
    own.ok &&
    startTimeOf(stat.value) === job.init.startTime &&
    parentPidOf(stat.value) === job.starter.pid &&
    !hasEnded(job.starter, own.value);
  if (isIt) return ok(target);
  target.close();
  return err(hasGone(job));
}

/** The words for a job that ended since it was looked up. */
export function hasGone(job: RunningJob): string {
  return `job ${jobName(job)} has ended`;
}

/**
 * Who has to go in: of a starter that is root's nobody but the caller; root enters the job of an
 * ordinary user's starter as that user.
 *
 * @returns undefined: the caller
 */
export function entryUser(job: RunningJob, target: Target): Result<EntryUser | undefined, string> {
  if (job.owner === process.geteuid?.()) return ok(undefined);
  const text = target.read('status');
  const status = text.ok ? parseStatus(text.value) : text;
  if (!status.ok) return err(hasGone(job));
  const { gid, groups, uid } = status.value;
  const isTheirs = [uid.real, uid.effective, uid.saved, uid.filesystem].every(
    (id) => id === job.owner,
  );
  if (isTheirs) return ok({ uid: job.owner, gid: gid.real, groups });
  return err(
    `the record of job ${jobName(job)}, which user ${job.owner} wrote, names process ` +
      `${target.pid} of user ${uid.real}: not entered`,
  );
}

function open(pid: number): Target | undefined {
  try {
    const { O_RDONLY, O_DIRECTORY } = fs.constants;
    const directory = fs.openSync(`/proc/${pid}`, O_RDONLY | O_DIRECTORY);
    return {
      pid,
      directory,
      read: (name) => readKernelFile(`/proc/self/fd/${directory}/${name}`),
      close: () => fs.closeSync(directory),
    };
  } catch {
    return undefined;
  }
}
