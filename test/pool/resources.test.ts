/**
 * Jobs that the slot's memory and CPUs are given to by a cgroup: what shadow and schedd hear of it.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { emptyAndRemove } from '../../src/kernel/cgroups/empty';
import { needsController, placesOf, versionOf } from '../kernel/support/cgroups';
import { burn } from '../support/burn';
import { skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { describeInPools, type Judged } from './support/each-pool';
import { completed, held, submitScript } from './support/jobs';
import { startLongJob } from './support/long-jobs';
import type { Ad, Job, Pool } from './support/pool';

/** This host's hierarchies are those of the pools as well. */
const BASE = `eyrie-test-pool-${process.pid}`;

/** Each pool's own: their slots have the same names. */
function baseOf({ release, starter }: Judged): string {
  return `${BASE}/${release}-${starter}`;
}

const KNOBS = {
  CGROUP_MEMORY_LIMIT_POLICY: 'hard',
  STARTER_UPDATE_INTERVAL: '1',
  STARTER_INITIAL_UPDATE_INTERVAL: '1',
  SHADOW_QUEUE_UPDATE_INTERVAL: '2',
};

after(async () => {
  for (const place of placesOf(BASE)) await emptyAndRemove(place);
});

/** The peak of a job's memory by its ad, in MiB; ResidentSetSize itself may be rounded up by the schedd. */
function residentOf(ad: Ad): number {
  return Number(ad.ResidentSetSize_RAW ?? ad.ResidentSetSize) / 1024;
}

const BLOCK_IO = ['BlockReads', 'BlockWrites', 'BlockReadKbytes', 'BlockWriteKbytes'];

const skip = skipIf(needsController('memory'));

/** The cgroups of jobs that are there now: HTCondor 23.9 and we call them condor_…, 25.14 does not. */
function jobsIn(base: string): readonly string[] {
  return placesOf(base).flatMap((place) =>
    readdirSync(place)
      .filter((name) => name.includes('_pool_execute_slot'))
      .map((name) => path.join(place, name)),
  );
}

/** The name of a cgroup below the hierarchies' roots, as a line of /proc/self/cgroup has it. */
const NAME = new RegExp(`/${BASE}/[^/]+/(condor)?_pool_execute_slot1_\\d+@[^/\\n]+`);

/** HTCondor 23.9 moves a job into its cgroup when it is running already. */
const LET_IT_MOVE = 'sleep 1';

/** A job's first lines: where it is. */
const TELL_CGROUP = `${LET_IT_MOVE}; cat /proc/self/cgroup >>$REPORT\n`;

const touch = (mebibytes: number): string =>
  `dd if=/dev/zero of=/dev/null bs=${mebibytes}M count=1 2>/dev/null`;

/** Has as many MiB for five seconds from when it has them all, for whoever looks only now and then. */
const keep = (mebibytes: number): string =>
  `dd if=/dev/zero bs=${mebibytes}M count=1 2>/dev/null | (head -c 1 >/dev/null; sleep 5; cat >/dev/null)`;

/** The startd keeps a history of its own, of what the starter told it. */
async function inHistoryOfStartd(pool: Pool, { id }: Job): Promise<void> {
  const text = await pool.ask('condor_history', ['-startd', id, '-json']);
  const [ad = {}] = JSON.parse(text) as readonly Ad[];
  assert.ok(Math.abs(Number(ad.ResidentSetSize) / 1024 / 100 - 1) < 0.06, text);
  assert.ok(Number(ad.RemoteUserCpu) > 0.1, text);
}

describeInPools(
  'the resources of a job',
  { slots: 2, knobs: KNOBS, knobsOf: (judged) => ({ BASE_CGROUP: baseOf(judged) }) },
  (pool, judged) => {
    const base = baseOf(judged);
    const isOurs = judged.starter === 'eyrie';
    // It leaves cgroups behind, with the figures of the job before; tells of a suspension before there is
    // one; and has no subcode.
    const isOld = !isOurs && judged.release === '23.9';

    test('are those of its slot: one that needs more memory is held', { skip }, async () => {
      const job = await submitScript(pool(), `${LET_IT_MOVE}; ${touch(150)}`, {
        lines: 'request_memory = 64',
      });
      const { code, reason, subCode } = await held(pool(), job);
      assert.deepEqual([code, subCode], [34, isOld ? 0 : 102], reason);
      assert.match(
        reason,
        /Job has gone over cgroup memory limit of 128 megabytes\. (Peak|Last measured) usage: \d+ megabytes\./,
      );
      const event = pool()
        .events(job)
        .find(({ number }) => number === 12);
      assert.match(event?.text ?? '', /gone over cgroup memory limit of 128 megabytes/);
      assert.match(event?.text ?? '', /Code 34 Subcode \d+/);
    });

    if (isOurs) {
      test('end its whole family where one of them needs too much memory', { skip }, async () => {
        const long = await startLongJob(
          pool(),
          `sleep 600 & ${touch(150)}; echo lived >>$REPORT; exec sleep 600`,
          { lines: 'request_memory = 64' },
        );
        const { code, subCode } = await held(pool(), long.job);
        assert.deepEqual([code, subCode], [34, 102]);
        await long.gone();
        assert.ok(versionOf('memory') === 1 || !long.report().includes('lived'));
      });
    }

    test('are told while it runs and when it has ended', { skip }, async () => {
      const script = [
        LET_IT_MOVE,
        keep(100),
        burn(1.5),
        'until [ -e "$(dirname $REPORT)/go" ]; do sleep 0.1; done',
      ];
      const long = await startLongJob(pool(), script.join('\n'), { lines: 'request_memory = 200' });
      const isPeak = (ad: Ad): boolean => Math.abs(residentOf(ad) / 100 - 1) < 0.06;
      await pool().wait(long.job, (ad) => isPeak(ad) && Number(ad.RemoteUserCpu) > 0.1, 40);
      await pool().ask('touch', [`${long.job.inside}/go`]);
      const { ad } = await completed(pool(), long.job);
      assert.ok(isPeak(ad), `${residentOf(ad)} MiB`);
      assert.equal(ad.MemoryUsage_RAW ?? Math.ceil(residentOf(ad)), Math.ceil(residentOf(ad)));
      assert.ok(Number(ad.RemoteUserCpu) > 0.1, `${Number(ad.RemoteUserCpu)} s`);
      const usage = pool()
        .events(long.job)
        .findLast(({ number }) => number === 5);
      assert.match(usage?.text ?? '', /Memory \(MB\)\s+:\s+(9[4-9]|10[0-6])\s+200/);
      await inHistoryOfStartd(pool(), long.job);
      if (isOurs) for (const name of BLOCK_IO) assert.equal(typeof ad[name], 'number', name);
    });

    test('are given back when it is over, by name of the slot', { skip }, async () => {
      const long = await startLongJob(pool(), TELL_CGROUP + 'exec sleep 600');
      await long.said(BASE);
      const name = NAME.exec(long.report());
      assert.ok(name, long.report());
      const places = placesOf(name[0]);
      assert.ok(places.length > 0);
      await pool().ask('condor_rm', [long.job.id]);
      await pool().wait(long.job, 'removed');
      await waitUntil(
        () => !places.some(existsSync),
        () => jobsIn(base).join(),
      );
    });

    test('are not used while it is suspended', { skip }, async () => {
      const long = await startLongJob(pool(), TELL_CGROUP + 'while :; do :; done');
      await long.said(BASE);
      const [name = ''] = NAME.exec(long.report()) ?? [];
      const used = (): string => {
        const places = placesOf(name);
        const files = ['cpuacct.usage', 'cpu.stat'].flatMap((file) =>
          places.map((place) => `${place}/${file}`),
        );
        return readFileSync(files.find(existsSync) ?? '', 'utf8').split('\n')[0] ?? '';
      };
      const before = used();
      await waitUntil(() => used() !== before, 'the job to use CPU time');
      await pool().ask('condor_suspend', [long.job.id]);
      await pool().wait(long.job, 'suspended');
      const then = used();
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(used(), then);
      await pool().ask('condor_continue', [long.job.id]);
      await waitUntil(() => used() !== then, 'the job to go on', 20);
      await pool().ask('condor_rm', [long.job.id]);
      await long.gone();
    });
  },
);
