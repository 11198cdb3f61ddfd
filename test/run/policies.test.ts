/**
 * Policies that a running job by hand is held to, without any cgroup.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { type Ad, shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

/** Nothing but policies limits a job. */
const KNOBS = { BASE_CGROUP: '', STARTER_JOB_POLICY_INTERVAL: '1' };

const SPIN = 'while :; do :; done';

for (const starter of STARTERS) {
  describe(`a job of ${starter.name} over a limit`, { skip, concurrency: 3 }, () => {
    const rows: readonly (readonly [
      what: string,
      ad: Ad,
      knobs: Record<string, string>,
      subcode: number,
    ])[] = [
      [
        'of CPU time',
        { ...shell(SPIN), RequestCpus: 1 },
        {
          STARTER_JOB_POLICIES: 'CPU',
          STARTER_JOB_POLICY_CPU: 'RemoteUserCpu + RemoteSysCpu > 0.3 * TARGET.Cpus',
        },
        101,
      ],
      [
        'of memory',
        {
          ...shell('x=$(head -c 40000000 /dev/zero | tr "\\\\0" x); sleep 600'),
          RequestMemory: 20,
        },
        { STARTER_JOB_POLICIES: 'MEMORY' },
        102,
      ],
      [
        // dd waits with a buffer that it has not touched.
        'of the size of address spaces, though little of it is resident,',
        { ...shell('sleep 600 | dd of=/dev/null bs=200M count=1'), RequestMemory: 100 },
        { STARTER_JOB_POLICIES: 'MEMORY VIRTUAL_MEMORY' },
        102,
      ],
      [
        'of the disk',
        {
          ...shell('dd if=/dev/zero of=$_CONDOR_SCRATCH_DIR/big bs=1M count=3; sleep 600'),
          RequestDisk: 2000,
        },
        { STARTER_JOB_POLICIES: 'CPU MEMORY DISK' },
        104,
      ],
    ];
    for (const [what, ad, knobs, subcode] of rows) {
      test(`${what} is held`, async (t) => {
        const { result } = await makeSite(t, starter).run(ad, { knobs: { ...KNOBS, ...knobs } });
        const { HoldReasonCode, HoldReasonSubCode, JobStatus } = result;
        assert.deepEqual([JobStatus, HoldReasonCode, HoldReasonSubCode], [5, 34, subcode]);
        const policy = (knobs.STARTER_JOB_POLICIES ?? '').split(' ').at(-1);
        const reason = String(result.HoldReason);
        assert.ok(reason.startsWith(`Job is over its limits by the policy ${policy}: `), reason);
      });
    }

    test('is only spoken of where the site wants no more', async (t) => {
      const site = makeSite(t, starter);
      const knobs = {
        ...KNOBS,
        STARTER_JOB_POLICIES: 'ALWAYS',
        STARTER_JOB_POLICY_ALWAYS: 'true',
        STARTER_JOB_POLICY_ALWAYS_ACTION: 'log',
      };
      const { result } = await site.run(shell('sleep 2.5'), { knobs });
      assert.equal(result.JobStatus, 4);
      const said = readFileSync(site.log, 'utf8').match(/by the policy ALWAYS: true \(log\)/g);
      assert.equal(said?.length, 1);
    });

    test('stands still where the site wants that', async (t) => {
      const site = makeSite(t, starter);
      const knobs = {
        ...KNOBS,
        STARTER_JOB_POLICIES: 'PAUSE',
        STARTER_JOB_POLICY_PAUSE: 'RemoteWallClockTime < 2.5',
        STARTER_JOB_POLICY_PAUSE_ACTION: 'suspend',
      };
      const running = site.start(shell(`for i in 1 2 3 4 5 6; do sleep 0.3; done; echo end`), {
        knobs,
      });
      await waitUntil(() => existsSync(site.log), 'the log');
      await waitUntil(
        () => /by the policy PAUSE/.test(readFileSync(site.log, 'utf8')),
        'the policy to apply',
      );
      const { result } = await running.ended;
      assert.equal(result.JobStatus, 4);
      // It stood still for a second and a half, or more.
      assert.ok(Number(result.JobDuration) > 2.5, String(result.JobDuration));
    });

    test('is sent away where the site wants that', async (t) => {
      const knobs = {
        ...KNOBS,
        STARTER_JOB_POLICIES: 'ALWAYS',
        STARTER_JOB_POLICY_ALWAYS: 'true',
        STARTER_JOB_POLICY_ALWAYS_ACTION: 'kill',
      };
      const { result } = await makeSite(t, starter).run(shell('sleep 600'), { knobs });
      assert.deepEqual([result.JobStatus, result.ExitSignal], [1, 9]);
    });
  });
}
