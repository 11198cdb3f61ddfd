/** The procd that jobs by hand bring along: one for all of a user's, started by the first of them. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { giveTo, STARTERS, type Starter } from '../support/starters';
import { removeWithPatience } from '../support/temporary';
import { waitUntil } from '../support/wait';
import {
  familyOf,
  type HandJob,
  hasLogged,
  startJob,
  startOutsider,
  UNTIL_END,
} from './support/hand-jobs';

/** An address that no procd has, whose procd is ended with the test. */
function freshAddress(t: TestContext, starter: Starter): string {
  const above = mkdtempSync('/var/tmp/eyrie-procd-');
  chmodSync(above, 0o755);
  const directory = path.join(above, 'run');
  mkdirSync(directory, { mode: 0o700 });
  giveTo(starter.uid, directory);
  const address = path.join(directory, 'procd');
  t.after(async () => {
    const pid = procdOf(address);
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      await waitUntil(() => !isAlive(pid), 'procd to end');
    }
    removeWithPatience(above);
  });
  return address;
}

/** The pid of the procd that serves an address, by its lock file. */
function procdOf(address: string): number | undefined {
  if (!existsSync(`${address}.lock`)) return undefined;
  const pid = Number(readFileSync(`${address}.lock`, 'utf8'));
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

const log = (address: string): string => readFileSync(`${address}.log`, 'utf8');

async function hasEnded(job: HandJob): Promise<void> {
  const { status } = await job.ended;
  assert.equal(status, 0, job.stderr());
}

const skip = skipIf(needsProduct() ?? needsRoot());

for (const starter of STARTERS) {
  describe(`jobs by hand of ${starter.name}`, { skip }, () => {
    test('start a procd at first need, and share it', async (t) => {
      const address = freshAddress(t, starter);
      await hasEnded(startJob(t, address, 'echo runs', {}, starter));
      const first = procdOf(address);
      assert.ok(first !== undefined);
      assert.equal(statSync(address).mode & 0o777, 0o600);
      assert.equal(statSync(address).uid, starter.uid);
      await hasEnded(startJob(t, address, 'echo runs', {}, starter));
      assert.equal(procdOf(address), first);
      assert.equal(log(address).match(/register-subfamily .* success/g)?.length, 2);
    });

    test('start one procd, however many begin at once', async (t) => {
      const address = freshAddress(t, starter);
      const jobs = Array.from({ length: 6 }, () => startJob(t, address, 'echo runs', {}, starter));
      await Promise.all(jobs.map(hasEnded));
      assert.equal(log(address).match(/condor_procd of Eyrie/g)?.length, 1);
      assert.equal(log(address).match(/register-subfamily .* success/g)?.length, 6);
    });

    test('go on where their procd is killed, and start the next one', async (t) => {
      const address = freshAddress(t, starter);
      const job = startJob(t, address, `echo runs\n${UNTIL_END}`, {}, starter);
      await job.said('runs');
      const first = procdOf(address);
      assert.ok(first !== undefined);
      process.kill(first, 'SIGKILL');
      await hasLogged(job, /Registered family \d+ again/);
      assert.notEqual(procdOf(address), first);
      assert.ok(await familyOf(t, address, job));
      job.end();
      await hasEnded(job);
    });

    test('leave nothing where their starter is killed, not even what others run for them', async (t) => {
      const address = freshAddress(t, starter);
      const job = startJob(t, address, `env\necho runs\n${UNTIL_END}`, {}, starter);
      await job.said('runs');
      const outsider = startOutsider(t, job, starter);
      // Before that it is setpriv, whose environment a user's procd cannot read.
      await waitUntil(
        () => readlinkSync(`/proc/${outsider.process.pid}/exe`).endsWith('sleep'),
        'the outsider to be what it shall be',
      );
      // procd has to have seen it: the starter's death is what it is told of.
      await waitUntil(async () => {
        const family = await familyOf(t, address, job, { snapshot: true });
        return family?.processes.some(({ pid }) => pid === outsider.process.pid) === true;
      }, 'procd to know the outsider');
      job.process.kill('SIGKILL');
      assert.equal((await outsider.ended).signal, 'SIGKILL');
    });

    test('run without procd where others could put something in its place', async (t) => {
      const address = freshAddress(t, starter);
      chmodSync(path.dirname(address), 0o777);
      const job = startJob(t, address, 'echo runs', {}, starter);
      await hasEnded(job);
      assert.match(job.stderr(), /write to .*run.*; the job runs without procd/);
      assert.ok(!existsSync(address));
    });
  });
}
