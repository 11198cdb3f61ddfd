/** How often a job is looked at for its site's policies. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { waitUntil } from '../../test/support/wait';
import { ClassAd } from '../condor/classad';
import { type JobMeasures, readJobPolicies } from '../job/job-policies';
import type { Logger } from '../log';
import { watchPolicies } from './policy-watch';
import type { PreparedJob } from './prepare';

const MEASURES: JobMeasures = {
  usage: { userCpu: 0, systemCpu: 0, maxResident: 0 },
  wallTime: 1,
  processes: 1,
  sandbox: undefined,
};

/**
 * Looks by an interval of 10 ms, where a look takes so many milliseconds.
 *
 * @param until when to stop, by the number of looks
 */
async function looksThatTake(
  milliseconds: number,
  until: (looks: () => number) => Promise<void>,
): Promise<{ looks: number; most: number }> {
  const policies = readJobPolicies(configOf({ STARTER_JOB_POLICIES: 'MEMORY' }));
  assert.ok(policies.ok);
  let [looks, now, most] = [0, 0, 0];
  const stop = watchPolicies({
    prepared: {
      ads: { jobAd: new ClassAd(), machineAd: new ClassAd() },
      policies: { ...policies.value, interval: 0.01 },
    } as unknown as PreparedJob,
    log: { always: () => undefined } as unknown as Logger,
    async measure() {
      looks += 1;
      now += 1;
      most = Math.max(most, now);
      await pause(milliseconds);
      now -= 1;
      return MEASURES;
    },
    tell: () => assert.fail('no policy applies'),
  });
  await until(() => looks);
  stop();
  const before = looks;
  await pause(milliseconds + 30);
  assert.equal(looks, before, 'it looks on');
  return { looks, most };
}

test('a job is looked at every interval where a look takes no time', async () => {
  await looksThatTake(0, (looks) => waitUntil(() => looks() > 5, 'six looks', 30));
});

test('looks that take long are never two at a time, and take a small share of the time', async () => {
  const { looks, most } = await looksThatTake(100, () => pause(1000));
  assert.deepEqual([looks, most], [1, 1]);
});
