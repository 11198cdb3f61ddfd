import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { type ClassAd, parseClassAd } from '../condor/classad';
import { holdCode } from './faults';
import { applyingPolicies, type JobMeasures, policyFault, readJobPolicies } from './job-policies';

function ad(text: string): ClassAd {
  const parsed = parseClassAd(`[ ${text} ]`);
  assert.ok(parsed.ok);
  return parsed.value;
}

const ADS = {
  jobAd: ad('RequestDisk = 1000; RequestMemory = 10'),
  machineAd: ad('Cpus = 2; Memory = 10; Disk = 5000'),
};

const MODEST: JobMeasures = {
  usage: { userCpu: 100, systemCpu: 20, maxResident: 5000, imageSize: 9000 },
  wallTime: 100,
  processes: 3,
  sandbox: { size: 500, entries: 5 },
};

/** The names of the policies that apply. */
function applying(
  knobs: Record<string, string>,
  measures: Partial<JobMeasures> = {},
): readonly string[] {
  const policies = readJobPolicies(configOf(knobs));
  assert.ok(policies.ok, policies.ok ? '' : policies.error.message);
  const all = applyingPolicies(policies.value, ADS, { ...MODEST, ...measures });
  return all.map(({ name }) => name);
}

const ALL = { STARTER_JOB_POLICIES: 'CPU, VIRTUAL_MEMORY, MEMORY, DISK' };

describe('the policies of a running job', () => {
  test('are none by default, and none that is not named', () => {
    const greedy = { usage: { ...MODEST.usage, userCpu: 1e6, maxResident: 1e9 } };
    assert.deepEqual(applying({}, greedy), []);
    assert.deepEqual(applying({ STARTER_JOB_POLICIES: 'DISK' }, greedy), []);
  });

  const { usage } = MODEST;
  const rows: readonly (readonly [policy: string, measures: Partial<JobMeasures>])[] = [
    ['CPU', { usage: { ...usage, userCpu: 251 } }],
    ['VIRTUAL_MEMORY', { usage: { ...usage, imageSize: 10 * 1024 + 1 } }],
    ['MEMORY', { usage: { ...usage, maxResident: 10 * 1024 + 1 } }],
    ['DISK', { sandbox: { size: 1001, entries: 1 } }],
  ];
  for (const [policy, measures] of rows) {
    test(`${policy} applies to a job that has more than it asked for, and no other does`, () => {
      assert.deepEqual(applying(ALL), []);
      assert.deepEqual(applying(ALL, measures), [policy]);
    });
  }

  test('give a job a minute before its CPU time is judged', () => {
    const busy = { usage: { ...usage, userCpu: 500 }, wallTime: 59 };
    assert.deepEqual(applying(ALL, busy), []);
  });

  test('do not apply where they cannot be judged', () => {
    assert.deepEqual(applying(ALL, { sandbox: undefined }), []);
  });

  test('are also those of the site', () => {
    const knobs = {
      STARTER_JOB_POLICIES: 'crowd',
      STARTER_JOB_POLICY_CROWD: 'NumPids > TARGET.Cpus',
      STARTER_JOB_POLICY_crowd_ACTION: 'Suspend',
    };
    assert.deepEqual(applying(knobs), ['crowd']);
    const read = readJobPolicies(configOf(knobs));
    assert.ok(read.ok);
    assert.equal(read.value.policies[0]?.action, 'suspend');
  });

  test('hold a job with the code and subcode of its resource, and their own words', () => {
    const read = readJobPolicies(configOf(ALL));
    assert.ok(read.ok);
    const faults = read.value.policies.map(policyFault);
    assert.deepEqual(
      faults.map((fault) => [holdCode(fault), fault.subcode]),
      [
        [34, 101],
        [34, 102],
        [34, 102],
        [34, 104],
      ],
    );
    assert.equal(
      faults[2]?.reason,
      'Job is over its limits by the policy MEMORY: ResidentSetSize > 1024 * TARGET.Memory',
    );
  });

  const wrong: readonly (readonly [knobs: Record<string, string>, message: RegExp])[] = [
    [{ STARTER_JOB_POLICIES: 'MINE' }, /names MINE, but STARTER_JOB_POLICY_MINE is not set/],
    [{ STARTER_JOB_POLICIES: 'a-b' }, /"a-b" is no name/],
    [
      { STARTER_JOB_POLICIES: 'CPU', STARTER_JOB_POLICY_CPU_ACTION: 'shout' },
      /STARTER_JOB_POLICY_CPU_ACTION.*expected log, suspend, hold, kill/,
    ],
  ];
  for (const [knobs, message] of wrong) {
    test(`are refused with ${JSON.stringify(knobs)}`, () => {
      const read = readJobPolicies(configOf(knobs));
      assert.ok(!read.ok);
      assert.match(read.error.message, message);
    });
  }
});
