/** What can be done to a job on a leased account while it runs, and how its end is told. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/privsep/control/types';
import { burn } from '../support/burn';
import { needsRoot, skipIf } from '../support/need';
import { isAlive, noProcessLeft, processesLeft, processesThere } from '../support/processes';
import { waitUntil } from '../support/wait';
import {
  type Client,
  CLIENT,
  type LeaseHere,
  openDaemon,
  readOutput,
  runScript,
  startScript,
  told,
} from './support/daemon';

const skip = skipIf(needsRoot());

/** Starts a job and waits until it has said `ready`. */
async function startReady(
  client: Client,
  here: LeaseHere,
  script: string,
  more: JsonObject = {},
): Promise<string> {
  const job = await startScript(client, here, script, more);
  await waitUntil(() => readOutput(here).includes('ready'), 'the job to be ready', 30);
  return job;
}

/** Children of all kinds, that carry a mark in their environment, then a long wait. */
const FAMILY =
  '(trap "" TERM HUP INT; sleep 600) & setsid sleep 600 & ' +
  'setsid sh -c "sleep 600 & exec sleep 600" & sleep 0.1; echo ready; sleep 600';

const marked = (word: string): JsonObject => ({
  environment: { PATH: '/usr/bin:/bin', MARK: word },
});

describe('a running job on a leased account', { skip }, () => {
  test('tells what it uses', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    const script = `${burn(0.1)}; echo ready; exec sleep 600`;
    const job = await startReady(client, here, script);
    const usageNow = async () => await client.ask('job.usage', { job });
    // In the middle of execve(2) a process has next to no memory.
    await waitUntil(async () => {
      const now = await usageNow();
      return !now.ok || Number(now.value['resident']) > 100;
    }, 'the memory of sleep(1)');
    const answer = await usageNow();
    assert.ok(answer.ok, JSON.stringify(answer));
    const { processes, resident, userCpu } = answer.value;
    assert.ok(Number(userCpu) > 0.01, JSON.stringify(answer));
    assert.ok(Number(resident) > 100, JSON.stringify(answer));
    assert.equal(processes, 1);
    await client.ask('job.kill', { job });
    const end = await told(client, 'ended', job);
    const usage = end['usage'] as JsonObject;
    assert.ok(Number(usage['userCpu']) >= Number(userCpu));
    assert.ok(Number(usage['maxResident']) > 100);
    assert.equal(end['signal'], 9);
  });

  test('is an ordinary family for those who ask procd', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    await startReady(client, here, 'echo ready; exec sleep 600');
    assert.equal(daemon.families.length, 1);
    const [family] = daemon.families;
    const state = fs.readFileSync(`${daemon.directory}/procd.state`, 'utf8');
    const { families } = JSON.parse(state) as {
      families: { root: number[]; tags: { uids: number[] } }[];
    };
    const [kept] = families;
    assert.deepEqual(
      [kept?.root, kept?.tags.uids],
      [[family?.pid, family?.birthday], [here.lease.account.uid]],
    );
  });

  test('gets signals, its main process or all of it', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    const script =
      'trap "echo main" USR1; (trap "echo child; exit" USR1; echo ready; while :; do sleep 0.1; done) & ' +
      'while :; do sleep 0.1; done';
    const job = await startReady(client, here, script);
    const send = async (fields: JsonObject): Promise<void> => {
      const answer = await client.ask('job.signal', { job, ...fields });
      assert.ok(answer.ok, JSON.stringify(answer));
    };
    await send({ signal: 'SIGUSR1' });
    await waitUntil(() => readOutput(here).includes('main'), 'the main process to hear');
    assert.ok(!readOutput(here).includes('child'));
    await send({ signal: 10, to: 'family' });
    await waitUntil(() => readOutput(here).includes('child'), 'the child to hear');
    const wrong = await client.ask('job.signal', { job, signal: 'SIGNOTHING' });
    assert.ok(!wrong.ok && wrong.error.code === 'syntax');
  });

  for (const USE_PID_NAMESPACES of ['true', 'false']) {
    test(`stands still and goes on whole (USE_PID_NAMESPACES = ${USE_PID_NAMESPACES})`, async (t) => {
      const daemon = await openDaemon(t, { USE_PID_NAMESPACES });
      const [client, here] = [daemon.client(), daemon.lease()];
      const script =
        'count() { i=0; while :; do i=$((i+1)); echo $i > $1; sleep 0.02; done; }; ' +
        'count a & setsid sh -c "$(command -v true)"; echo ready; count b';
      const job = await startReady(client, here, script);
      const counts = (): string => readOutput(here, 'a') + readOutput(here, 'b');
      await waitUntil(() => /\d\n\d/.test(counts()), 'both to count');
      await client.ask('job.suspend', { job });
      let still = '';
      await waitUntil(async () => {
        const before = counts();
        await new Promise((resolve) => setTimeout(resolve, 300));
        still = counts();
        return before === still;
      }, 'it to stand still');
      await client.ask('job.continue', { job });
      await waitUntil(() => counts() !== still, 'it to go on');
      await client.ask('job.suspend', { job });
      await client.ask('job.kill', { job });
      await told(client, 'gone', job);
    });

    test(`is killed whole (USE_PID_NAMESPACES = ${USE_PID_NAMESPACES})`, async (t) => {
      const daemon = await openDaemon(t, { USE_PID_NAMESPACES });
      const [client, here] = [daemon.client(), daemon.lease()];
      const job = await startReady(client, here, FAMILY, marked(here.lease.id));
      await processesThere(here.lease.id, 5);
      await client.ask('job.kill', { job });
      await told(client, 'gone', job);
      assert.deepEqual(processesLeft(here.lease.id), []);
      assert.deepEqual(daemon.families, []);
      const [record] = daemon.records;
      assert.deepEqual([record?.operation, record?.text], ['job.end', 'signal 9']);
      assert.deepEqual([record?.owner, record?.account], ['/DC=org/CN=Alice', 'guest1']);
    });
  }

  test('leaves nothing when its main process ends', async (t) => {
    const daemon = await openDaemon(t, { USE_PID_NAMESPACES: 'false' });
    const [client, here] = [daemon.client(), daemon.lease()];
    const script = 'setsid sleep 600 & (trap "" TERM; sleep 600) & exit 3';
    const { end } = await runScript(client, here, script, marked(here.lease.id));
    assert.equal(end['code'], 3);
    await noProcessLeft(here.lease.id);
  });

  test('is nobody’s who did not start it, but root’s', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    const job = await startReady(client, here, 'echo ready; exec sleep 600');
    const [foreign, again, root] = [CLIENT + 1, CLIENT, 0].map((uid) => daemon.client(uid));
    for (const op of [
      'job.signal',
      'job.suspend',
      'job.continue',
      'job.kill',
      'job.usage',
      'job.collect',
    ]) {
      const more = op === 'job.signal' ? { signal: 9 } : {};
      const answer = await foreign!.ask(op, { job, ...more });
      assert.ok(!answer.ok);
      assert.equal(answer.error.code, 'denied');
    }
    assert.ok((await again!.ask('job.usage', { job })).ok);
    assert.ok((await root!.ask('job.usage', { job })).ok);
    assert.ok((await root!.ask('job.kill', { job })).ok);
    await told(client, 'gone', job);
    const late = await client.ask('job.usage', { job });
    assert.ok(!late.ok && late.error.code === 'not-found');
  });

  test('that goes over its memory is killed whole, and its end says so', async (t) => {
    const daemon = await openDaemon(t, { CGROUP_MEMORY_LIMIT_POLICY: 'hard' });
    const [client, here] = [daemon.client(), daemon.lease()];
    const job = await startScript(
      client,
      here,
      'sleep 600 & dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 600',
      {
        memory: 40,
      },
    );
    const end = await told(client, 'ended', job);
    const { kills, limit, overLimit } = end['outOfMemory'] as JsonObject;
    assert.ok(Number(kills) > 0);
    assert.deepEqual([limit, overLimit], [40 * 2 ** 20, true]);
    const { memory } = end['usage'] as { readonly memory: JsonObject };
    assert.ok(Number(memory['peak']) > 30 * 2 ** 20, JSON.stringify(end));
  });
});

describe('the end of a client of leased jobs', { skip }, () => {
  test('is that of its jobs, but of those that are kept', async (t) => {
    const daemon = await openDaemon(t);
    const client = daemon.client();
    const [lost, kept] = [daemon.lease(), daemon.lease()];
    const first = await startReady(client, lost, FAMILY, marked(lost.lease.id));
    const script = 'echo ready; while ! test -e end; do sleep 0.05; done; exit 5';
    const second = await startReady(client, kept, script, { keep: true });
    client.hangUp();
    await told(client, 'gone', first);
    await noProcessLeft(lost.lease.id);
    const later = daemon.client();
    const running = await later.ask('job.collect', { job: second });
    assert.ok(running.ok);
    assert.deepEqual(running.value, { running: true });
    fs.writeFileSync(`${kept.path}/end`, '');
    await waitUntil(() => daemon.families.length === 0, 'the kept job to end');
    const collected = await later.ask('job.collect', { job: second });
    assert.ok(collected.ok);
    assert.deepEqual([collected.value['running'], collected.value['code']], [false, 5]);
    const again = await later.ask('job.collect', { job: second });
    assert.ok(!again.ok && again.error.code === 'not-found');
  });

  test('before its job was started is the job’s end, too', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    client.hangUp();
    await startScript(client, here, 'sleep 600', marked(here.lease.id)).catch(() => undefined);
    await waitUntil(() => daemon.families.length === 0, 'nothing to be written down');
    await noProcessLeft(here.lease.id);
  });
});

describe('the end of a lease', { skip }, () => {
  test('is that of its jobs: asked first, then killed', async (t) => {
    const daemon = await openDaemon(t, { USE_PID_NAMESPACES: 'false' });
    const client = daemon.client();
    const [polite, stubborn, other] = [daemon.lease(), daemon.lease(), daemon.lease()];
    await startReady(client, polite, 'trap "echo asked; exit" TERM; echo ready; sleep 600 & wait');
    const suspended = await startReady(client, stubborn, FAMILY, marked(stubborn.lease.id));
    await client.ask('job.suspend', { job: suspended });
    await startReady(client, other, 'echo ready; exec sleep 600');
    await Promise.all([
      daemon.part.endFamilies(polite.lease, 30),
      daemon.part.endFamilies(stubborn.lease, 0.2),
    ]);
    assert.match(readOutput(polite), /asked/);
    assert.deepEqual(processesLeft(stubborn.lease.id), []);
    assert.equal(daemon.families.length, 1);
    assert.ok(isAlive(daemon.families[0]!.pid));
  });
});

describe('fifty jobs on leased accounts at once', { skip }, () => {
  test('all run, and leave nothing', async (t) => {
    const daemon = await openDaemon(t);
    const client = daemon.client();
    const results = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const here = daemon.lease();
        const { end, output } = await runScript(client, here, `echo ${index}; exit ${index}`);
        return [output, end['code']];
      }),
    );
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, index) => [`${index}\n`, index]),
    );
    assert.deepEqual(daemon.families, []);
    assert.deepEqual(daemon.log, []);
  });
});
