/**
 * Jobs that run until something happens to them. They report to a file of their submit directory,
 * which they can see since the whole pool is one machine, and carry a marker by which what is left
 * of them is found.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { noProcessLeft } from '../../support/processes';
import { waitUntil } from '../../support/wait';
import { type JobOptions, submitScript } from './jobs';
import type { Job, Pool } from './pool';

/** A job that runs. */
export interface LongJob {
  readonly job: Job;
  /** What it has reported so far, without the first line. */
  report(): string;
  /** Waits until its report contains a text. */
  said(text: string, seconds?: number): Promise<void>;
  /** The process id of its starter inside, which the sandbox is named after. */
  starterPid(): number;
  /** Waits until none of its processes and nothing of its sandbox is left. */
  gone(seconds?: number): Promise<void>;
}

/**
 * Starts a script that may write to `$REPORT`, and waits until it runs.
 *
 * @param script should not end by itself; `trap` works where it sleeps in the background and waits
 */
export async function startLongJob(
  pool: Pool,
  script: string,
  options: JobOptions = {},
): Promise<LongJob> {
  const marker = `long-job-${randomBytes(8).toString('hex')}`;
  const lines = `environment = "REPORT=$(DIRECTORY)/report MARKER=${marker}"`;
  const job = await submitScript(pool, `pwd >>$REPORT\n${script}`, {
    ...options,
    lines: `${lines}\n${options.lines ?? ''}`,
  });
  const text = (): string => pool.readIfThere(job, 'report');
  const sandboxes = (): readonly string[] => text().match(/^\/pool\/execute\/dir_\d+/gm) ?? [];
  await waitUntil(() => sandboxes().length > 0, `job ${job.id} to begin`, 60);
  return {
    job,
    report: () => text().replace(/^\/pool\/execute\/.*\n/gm, ''),
    said: (what, seconds = 30) =>
      waitUntil(
        () => text().includes(what),
        () => `job ${job.id} to report '${what}' after: ${text()}`,
        seconds,
      ),
    starterPid: () => Number(sandboxes().at(-1)?.split('_').at(-1)),
    async gone(seconds = 15) {
      await noProcessLeft(marker, seconds);
      const left = (): readonly string[] =>
        sandboxes().filter((name) =>
          existsSync(path.join(pool.directory, 'execute', path.basename(name))),
        );
      await waitUntil(
        () => left().length === 0,
        () => `${left().join()} to vanish`,
        seconds,
      );
    },
  };
}

/**
 * The end of a script: waits for signals until it is killed. By a pipe that nobody writes to, not for a
 * child: a shell that starts the next one as its child is killed forks while HTCondor's procd goes through
 * its list, and what it forks is left.
 */
export const FOREVER =
  'mkfifo .wait.$$; exec 9<>.wait.$$; rm .wait.$$; while :; do read -r nothing <&9; done';
