/**
 * Jobs that pool tests run: shell scripts, mostly.
 */
import assert from 'node:assert/strict';
import { stretched } from '../../support/wait';
import type { JobEvent } from './events';
import type { Ad, Job, Pool } from './pool';
import type { FileContent, User } from './submit';

/** A job to submit. */
export interface JobOptions {
  /** Lines of the submit file besides those that the script needs. */
  readonly lines?: string;
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly owner?: User;
  /** Its files wait in the schedd's spool, for `condor_transfer_data`. */
  readonly spool?: boolean;
}

/** A job that ended, with its final ad. */
export interface EndedJob {
  readonly job: Job;
  readonly ad: Ad;
}

/** What the queue says of a held job. */
export interface Hold {
  readonly code: unknown;
  readonly subCode: unknown;
  readonly reason: string;
}

/**
 * Submits a shell script as the job's executable, which is transferred. Its output goes to `out`
 * and `err` of the submit directory.
 *
 * @param script without the first line
 */
export function submitScript(pool: Pool, script: string, options: JobOptions = {}): Promise<Job> {
  const { lines = '', files = {}, owner = 'alice', spool = false } = options;
  const text = `executable = run.sh\noutput = out\nerror = err\n${lines}`;
  const content = `#!/bin/sh\n${script}\n`;
  return pool.submit(text, {
    owner,
    spool,
    files: { 'run.sh': { content, mode: 0o755 }, ...files },
  });
}

/** Submits such a job and waits until it has left the queue, completed. */
export async function runScript(
  pool: Pool,
  script: string,
  options: JobOptions = {},
): Promise<EndedJob> {
  return completed(pool, await submitScript(pool, script, options));
}

/** Waits until the job has left the queue, completed. */
export async function completed(pool: Pool, job: Job, seconds = 60): Promise<EndedJob> {
  await pool.wait(job, 'completed', seconds);
  return { job, ad: await pool.historyAd(job) };
}

/** Waits until the job is held, and tells why. */
export async function held(pool: Pool, job: Job): Promise<Hold> {
  await pool.wait(job, 'held', 60);
  await pool.wait(job, (ad) => ad.JobStatus === 5);
  const ad = await pool.queueAd(job);
  assert.ok(typeof ad?.HoldReason === 'string');
  if (pool.starter === 'eyrie') assertHeldAtOnce(pool.events(job));
  return { code: ad.HoldReasonCode, subCode: ad.HoldReasonSubCode, reason: ad.HoldReason };
}

/**
 * Once the shadow was told what is wrong, nobody waits for anybody: shadow, startd and starter. With the
 * starter of HTCondor 25.x they do where there is no such program: ten seconds.
 */
function assertHeldAtOnce(events: readonly JobEvent[]): void {
  const at = (name: string): number =>
    Date.parse(events.findLast((event) => event.name === name)?.time ?? '');
  const seconds = (at('held') - at('remote error')) / 1000;
  assert.ok(!(seconds >= stretched(5)), `held ${seconds} s after the error was told`);
}

/** The numbers of the job's events so far. */
export function eventNumbers(pool: Pool, job: Job): readonly number[] {
  return pool.events(job).map(({ number }) => number);
}
