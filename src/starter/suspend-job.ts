/**
 * Suspends and continues a running job, through its starter: in a pool the shadow hears of it, too.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { thrownText } from '../kernel/errno';
import { isStill } from '../kernel/proc/stillness';
import { readStatus } from '../kernel/proc/status';
import { err, ok, type Result } from '../result';
import { findJob, jobName } from './running/find-job';
import { type RunningJob, runningJobs } from './running/read-records';

/** What is asked of a starter, by the signal that says so: local-signals.ts and pool/signals.ts. */
const SIGNALS = { suspend: 'SIGUSR2', continue: 'SIGCONT' } as const;

export type Wish = keyof typeof SIGNALS;

/** Milliseconds that a starter has to do it. */
const PATIENCE = 10_000;

/**
 * Asks a job's starter, and waits until it is done.
 *
 * @param word JOB: `cluster.proc`, or the starter's pid
 * @returns the job's name; or a sentence that says what went wrong
 */
export async function tellStarter(word: string, wish: Wish): Promise<Result<string, string>> {
  const job = findJob(word, runningJobs(), process.geteuid?.() === 0);
  if (!job.ok) return job;
  const refusal = whyNotIts(job.value);
  if (refusal !== undefined) return err(refusal);
  const { pid, starter } = job.value;
  try {
    process.kill(starter.pid, SIGNALS[wish]);
  } catch (thrown) {
    return err(`cannot ask its starter, process ${starter.pid}: ${thrownText(thrown)}`);
  }
  const name = jobName(job.value);
  if (pid === undefined) return ok(name);
  const deadline = performance.now() + PATIENCE;
  for (let still = isStill(pid); still !== (wish === 'suspend'); still = isStill(pid)) {
    if (still === undefined) return err(`job ${name} has ended`);
    if (performance.now() > deadline) {
      return err(`its starter, process ${starter.pid}, has not done it in ${PATIENCE / 1000} s`);
    }
    await pause(10);
  }
  return ok(name);
}

/** A user's record may name any process: the signal is for one of the same user's only. */
function whyNotIts({ owner, starter }: RunningJob): string | undefined {
  const status = readStatus(starter.pid);
  if (!status.ok) return status.error;
  return status.value.uid.real === owner
    ? undefined
    : `process ${starter.pid} is not of user ${owner}, who says that it is the starter`;
}
