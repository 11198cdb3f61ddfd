import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { type ClassAd, parseClassAd } from '../condor/classad';
import type { CgroupPlan, MemoryLimits } from './cgroup-plan';
import { describeCgroup } from './describe-cgroup';
import { type CgroupInput, planCgroup } from './plan-cgroup';

const MIB = 2 ** 20;
const MACHINE =
  'Name = "slot1_2@worker7.example.org"; Cpus = 3; Memory = 1000; TotalMemory = 64000;';

function ad(text: string): ClassAd {
  const parsed = parseClassAd(`[ ${text} ]`);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

interface Situation extends Partial<Pick<CgroupInput, 'mode' | 'suffix' | 'cpus'>> {
  readonly job?: string;
  readonly machine?: string;
  readonly defaults?: 'pool' | 'root' | 'user';
}

function plan(knobs: Record<string, string>, situation: Situation = {}) {
  return planCgroup({
    mode: 'root',
    host: { gpus: [], device: () => undefined },
    suffix: undefined,
    cpus: undefined,
    isSeenAsRoot: false,
    ...situation,
    config: configOf(knobs, situation.defaults ?? 'pool'),
    jobAd: ad(situation.job ?? 'RequestMemory = 500'),
    machineAd: ad(situation.machine ?? MACHINE),
    executeDirectory: '/var/lib/condor/execute',
    account: { uid: 1000, gid: 100 },
  });
}

function planned(knobs: Record<string, string> = {}, situation?: Situation): CgroupPlan {
  const made = plan(knobs, situation);
  assert.ok(made.ok && made.value !== undefined, JSON.stringify(made));
  return made.value;
}

function memory(knobs: Record<string, string>, situation?: Situation): MemoryLimits | undefined {
  return planned(knobs, situation).limits.memory;
}

function error(knobs: Record<string, string>): string {
  const made = plan(knobs);
  assert.ok(!made.ok);
  return made.error.message;
}

describe('planCgroup()', () => {
  test("gives the cgroup HTCondor's name, and its inner part to the job", () => {
    const { base, name, owner } = planned();
    assert.equal(base, 'htcondor');
    assert.equal(name, 'condor_var_lib_condor_execute_slot1_2@worker7.example.org');
    assert.deepEqual(owner, { uid: 1000, gid: 100 });
  });

  test('appends what keeps jobs of one slot apart by hand', () => {
    assert.match(planned({}, { suffix: 4711 }).name, /slot1_2@worker7\.example\.org_4711$/);
  });

  test('takes a base with and without slashes around it, and none that leads elsewhere', () => {
    assert.equal(
      planned({ BASE_CGROUP: '/system.slice//condor.service/' }).base,
      'system.slice/condor.service',
    );
    assert.deepEqual(plan({ BASE_CGROUP: '' }), { ok: true, value: undefined });
    assert.match(error({ BASE_CGROUP: 'a/../../b' }), /BASE_CGROUP.*without "\.\."/);
  });

  test('plans none for a starter that is not root, unless the site says so', () => {
    for (const mode of ['rootless', 'unprivileged'] as const) {
      assert.deepEqual(plan({}, { mode }), { ok: true, value: undefined });
      const { owner } = planned({ CREATE_CGROUP_WITHOUT_ROOT: 'true' }, { mode });
      assert.equal(owner, undefined);
    }
  });

  test("weighs a job by its slot's cores, and lets it have what is idle", () => {
    const { cpuLimit, cpuWeight } = planned().limits;
    assert.deepEqual([cpuWeight, cpuLimit], [300, undefined]);
    assert.equal(planned({ CGROUP_CPU_LIMIT: 'Cpus * 1.5' }).limits.cpuLimit, 4.5);
    assert.deepEqual(planned({}, { cpus: [2, 5] }).limits.cpus, [2, 5]);
  });

  test('limits what the knobs speak of, and nothing else', () => {
    const { hugePages, ioWeight, pids } = planned().limits;
    assert.deepEqual([pids, ioWeight, hugePages], [undefined, undefined, undefined]);
    const limits = planned(
      {
        CGROUP_PIDS_LIMIT: 'TARGET.MyPids',
        CGROUP_IO_WEIGHT: '50 * Cpus',
        CGROUP_HUGE_PAGES_LIMIT: '0',
      },
      { job: 'MyPids = 77.9' },
    ).limits;
    assert.deepEqual([limits.pids, limits.ioWeight, limits.hugePages], [77, 150, 0]);
  });

  test('names a knob whose expression gives no number', () => {
    assert.match(error({ CGROUP_PIDS_LIMIT: '"many"' }), /CGROUP_PIDS_LIMIT.*string, not a number/);
  });
});

describe('the memory limits of a job', () => {
  test('are hard by default: the memory of the slot, without swap space by hand', () => {
    assert.deepEqual(memory({}), { hard: 1000 * MIB, soft: 900 * MIB });
    assert.deepEqual(memory({}, { defaults: 'root' }), {
      hard: 1000 * MIB,
      soft: 900 * MIB,
      swap: 0,
    });
  });

  const rows: readonly (readonly [knobs: Record<string, string>, limits: MemoryLimits])[] = [
    [{ CGROUP_MEMORY_LIMIT_POLICY: 'none', DISABLE_SWAP_FOR_JOB: 'true' }, {}],
    [
      { CGROUP_MEMORY_LIMIT_POLICY: 'Soft' },
      { hard: 64000 * MIB, soft: 1000 * MIB, low: 1000 * MIB },
    ],
    [{ CGROUP_MEMORY_LIMIT_POLICY: 'custom' }, {}],
    [
      {
        CGROUP_MEMORY_LIMIT_POLICY: 'custom',
        CGROUP_HARD_MEMORY_LIMIT_EXPR: '1.5 * Memory',
        CGROUP_SOFT_MEMORY_LIMIT_EXPR: 'TARGET.RequestMemory',
        DISABLE_SWAP_FOR_JOB: 'true',
      },
      { hard: 1500 * MIB, soft: 500 * MIB, low: 500 * MIB, swap: 0 },
    ],
    [
      { CGROUP_LOW_MEMORY_LIMIT: '0.5 * Memory', CGROUP_HIGH_MEMORY_LIMIT: 'Memory - 100' },
      { hard: 1000 * MIB, soft: 900 * MIB, low: 500 * MIB, high: 900 * MIB },
    ],
    [
      { CGROUP_SWAP_LIMIT: '200', DISABLE_SWAP_FOR_JOB: 'true' },
      { hard: 1000 * MIB, soft: 900 * MIB, swap: 200 * MIB },
    ],
    [{ CGROUP_MEMORY_LIMIT_POLICY: 'custom', CGROUP_HARD_MEMORY_LIMIT_EXPR: 'MY.Missing' }, {}],
  ];
  for (const [knobs, limits] of rows) {
    const title = Object.entries(knobs).map(([name, value]) => `${name} = ${value}`);
    test(`are what ${title.join(', ')} says`, () => {
      assert.deepEqual(memory(knobs), limits);
    });
  }

  test('are none where the slot has no memory to speak of', () => {
    assert.deepEqual(memory({}, { machine: 'Name = "slot1"' }), {});
  });
});

test('describeCgroup() has a line for each limit', () => {
  const lines = describeCgroup({
    base: 'htcondor',
    name: 'condor_slot1',
    owner: { uid: 1000, gid: 100 },
    limits: { cpuWeight: 200, cpus: [0, 3], memory: { hard: 1.5 * MIB }, pids: 10 },
  });
  assert.deepEqual(lines, [
    'htcondor/condor_slot1; uid 1000 may divide its part of it',
    'CPU weight                 200',
    'CPUs                       0, 3',
    'memory, hard limit         1.5 MiB',
    'processes and threads      10',
  ]);
});
