/** Jobs by hand that are registered with a procd, and processes that others run for them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { ProcdClient } from '../../../src/family/client/client';
import { CURRENT_DIALECT, type DumpedFamily } from '../../../src/family/wire';
import { shell } from '../../run/support/ads';
import { makeSite, type RunningJob } from '../../run/support/site';
import { CLEAN_ENVIRONMENT, type RunningCommand, startCommand } from '../../support/command';
import { ROOT, type Starter } from '../../support/starters';
import { waitUntil } from '../../support/wait';

/** A job that is run by hand with a procd. */
export interface HandJob extends RunningJob {
  /** Has it end. */
  end(): void;
}

/** Starts `script` as a job; it can wait for its end with UNTIL_END. */
export function startJob(
  t: TestContext,
  address: string,
  script: string,
  knobs: Readonly<Record<string, string>> = {},
  starter: Starter = ROOT,
): HandJob {
  const site = makeSite(t, starter);
  const set = { PROCD_ADDRESS: address, STARTER_DEBUG: 'D_FULLDEBUG', ...knobs };
  const running = site.start(shell(script), { knobs: set, options: ['-t'], timeout: 120 });
  running.ended.catch(() => undefined);
  t.after(() => running.process.kill('SIGKILL'));
  return { ...running, end: () => writeFileSync(path.join(site.iwd, 'end'), '') };
}

/** The end of a script: waits until the job is told to end. */
export const UNTIL_END = 'while [ ! -e end ]; do sleep 0.05; done';

/** Waits until the starter's log has something. */
export async function hasLogged(job: HandJob, text: RegExp): Promise<void> {
  await waitUntil(
    () => text.test(job.stderr()),
    () => `the log to say ${text.source}: ${job.stderr()}`,
    30,
  );
}

/** All that a procd has. */
async function families(
  t: TestContext,
  address: string,
  { snapshot = false },
): Promise<readonly DumpedFamily[]> {
  const client = ProcdClient.connect(address, CURRENT_DIALECT);
  assert.ok(client.ok);
  t.after(() => client.value.close());
  if (snapshot) await client.value.ask({ command: 'take-snapshot' });
  const dump = await client.value.ask({ command: 'dump', root: 0 });
  assert.ok(dump.ok && dump.value.body === 'dump', JSON.stringify(dump));
  return dump.value.families;
}

/** The family whose watcher is a job's starter, after a snapshot where one is wanted. */
export async function familyOf(
  t: TestContext,
  address: string,
  job: HandJob,
  options: { readonly snapshot?: boolean } = {},
): Promise<DumpedFamily | undefined> {
  const all = await families(t, address, options);
  return all.find(({ watcher }) => watcher === job.process.pid);
}

/** The mark of a job's family, as the job has said it with `env`. */
function markOf(job: HandJob): readonly [string, string] {
  const name = `_CONDOR_ANCESTOR_${job.process.pid}`;
  const value = new RegExp(`^${name}=(.*)$`, 'm').exec(job.stdout())?.[1];
  assert.ok(value, job.stdout());
  return [name, value];
}

/** A process that some other program runs for a job: cron, at, a daemon of the user's. */
export function startOutsider(
  t: TestContext,
  job: HandJob,
  { uid }: Pick<Starter, 'uid'> = ROOT,
): RunningCommand {
  const [name, value] = markOf(job);
  const outsider = startCommand(['sleep', '1000'], {
    env: { ...CLEAN_ENVIRONMENT, [name]: value },
    ...(uid === ROOT.uid ? {} : { uid }),
    timeout: 200,
  });
  outsider.ended.catch(() => undefined);
  t.after(() => outsider.process.kill('SIGKILL'));
  return outsider;
}
