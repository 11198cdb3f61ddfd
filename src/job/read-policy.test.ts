import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { type ClassAd, parseClassAd } from '../condor/classad';
import type { IsolationPolicy } from './isolation-policy';
import { readPolicy } from './read-policy';

interface Situation {
  readonly job?: string;
  readonly machine?: string;
  readonly slotName?: string;
  readonly assignedCpus?: string;
  readonly images?: ReadonlyMap<string, string>;
  readonly defaults?: 'pool' | 'root';
}

function ad(text: string | undefined): ClassAd {
  const parsed = parseClassAd(text ?? '');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function read(knobs: Record<string, string>, situation: Situation = {}) {
  return readPolicy({
    config: configOf(knobs, situation.defaults ?? 'root'),
    jobAd: ad(situation.job),
    machineAd: ad(situation.machine),
    slotName: situation.slotName ?? 'slot1',
    assignedCpus: situation.assignedCpus,
    images: situation.images ?? new Map(),
  });
}

function policyOf(knobs: Record<string, string>, situation?: Situation): IsolationPolicy {
  const policy = read(knobs, situation);
  assert.ok(policy.ok, JSON.stringify(policy));
  return policy.value;
}

describe('readPolicy()', () => {
  test('isolates a job by hand more than one in a pool, which HTCondor configures', () => {
    const { pidNamespace, noNewPrivs, mountUnderScratch, privateDevShm } = policyOf({});
    assert.deepEqual(
      { pidNamespace, noNewPrivs, mountUnderScratch, privateDevShm },
      {
        pidNamespace: true,
        noNewPrivs: true,
        mountUnderScratch: ['/tmp', '/var/tmp'],
        privateDevShm: true,
      },
    );
    const pool = policyOf({}, { defaults: 'pool' });
    assert.ok(!pool.pidNamespace && !pool.noNewPrivs && pool.privateDevShm);
  });

  test('evaluates USE_PID_NAMESPACES in the job ad, the machine ad beside it', () => {
    const knobs = { USE_PID_NAMESPACES: 'Owner != "alice" && TARGET.Cpus > 1' };
    const machine = 'Cpus = 4';
    assert.equal(policyOf(knobs, { job: 'Owner = "bob"', machine }).pidNamespace, true);
    assert.equal(policyOf(knobs, { job: 'Owner = "alice"', machine }).pidNamespace, false);
  });

  test('takes a list of directories as words or as an expression that gives a string', () => {
    const cases: readonly [string, readonly string[]][] = [
      ['/tmp, /var/tmp', ['/tmp', '/var/tmp']],
      ['"/tmp,/var/tmp"', ['/tmp', '/var/tmp']],
      ['ifThenElse(Owner == "alice", "/tmp", "/scratch/")', ['/tmp']],
      ['""', []],
    ];
    for (const [text, expected] of cases) {
      const policy = policyOf({ MOUNT_UNDER_SCRATCH: text }, { job: 'Owner = "alice"' });
      assert.deepEqual(policy.mountUnderScratch, expected, text);
    }
  });

  for (const knob of ['MOUNT_UNDER_SCRATCH', 'MOUNT_READ_ONLY', 'HIDE_PATHS']) {
    test(`refuses a path in ${knob} that is not absolute or climbs`, () => {
      for (const path of ['tmp/x', '/tmp/../etc']) {
        const policy = read({ [knob]: `"${path}"` });
        assert.ok(!policy.ok);
        assert.match(policy.error.message, new RegExp(`${knob}.*is not an absolute path`));
      }
    });
  }

  test('reads NAMED_CHROOT and lets it win over stored images of the same name', () => {
    const images = new Map([
      ['el9', '/var/lib/eyrie/images/el9'],
      ['el8', '/img/el8'],
    ]);
    const { namedChroots } = policyOf(
      { NAMED_CHROOT: 'el9=/chroots/el9/, sl7=/chroots/sl7' },
      { images },
    );
    assert.deepEqual(Object.fromEntries(namedChroots), {
      el9: '/chroots/el9',
      el8: '/img/el8',
      sl7: '/chroots/sl7',
    });
  });

  for (const entry of ['el9', '=/dir', 'el9=dir', 'el9=/a/../b']) {
    test(`refuses the NAMED_CHROOT entry ${entry}`, () => {
      const policy = read({ NAMED_CHROOT: entry });
      assert.ok(!policy.ok);
      assert.match(policy.error.message, /is not NAME=\/directory/);
    });
  }

  const limits: readonly [string, number | undefined][] = [
    ['0', undefined],
    ['-1', undefined],
    ['1024', 2 ** 30],
    ['1.9', 2 ** 20],
    ['Memory * 2', 2 ** 22],
    ['TARGET.RequestMemory', 3 * 2 ** 20],
    ['NoSuchAttribute', undefined],
    ['1e300', undefined],
  ];
  for (const [text, expected] of limits) {
    test(`limits the address space to ${expected ?? 'nothing'} by STARTER_RLIMIT_AS = ${text}`, () => {
      const ads = { job: 'RequestMemory = 3', machine: 'Memory = 2' };
      assert.equal(policyOf({ STARTER_RLIMIT_AS: text }, ads).addressSpace, expected);
    });
  }

  test('names STARTER_RLIMIT_AS where it gives no number', () => {
    const policy = read({ STARTER_RLIMIT_AS: '"much"' });
    assert.ok(!policy.ok);
    assert.match(policy.error.message, /it gives string, not a number of MiB/);
  });

  const niceness: readonly [string, number][] = [
    ['7', 7],
    ['-5', 0],
    ['40', 19],
    ['Prio + 1', 4],
  ];
  for (const [text, expected] of niceness) {
    test(`adds ${expected} to the nice value for JOB_RENICE_INCREMENT = ${text}`, () => {
      const policy = policyOf({ JOB_RENICE_INCREMENT: text }, { job: 'Prio = 3' });
      assert.equal(policy.niceIncrement, expected);
      assert.deepEqual(policy.notes, []);
    });
  }

  test('takes 10 as HTCondor does, with a note, where JOB_RENICE_INCREMENT gives no number', () => {
    const policy = policyOf({ JOB_RENICE_INCREMENT: 'NoSuchAttribute' });
    assert.equal(policy.niceIncrement, 10);
    assert.deepEqual(policy.notes, [
      'JOB_RENICE_INCREMENT gives undefined, not a number: 10 is taken',
    ]);
  });

  const affinities: readonly [Record<string, string>, string, readonly number[] | undefined][] = [
    [{}, 'slot2', undefined],
    [{ ENFORCE_CPU_AFFINITY: 'true' }, 'slot2', [1]],
    [{ ENFORCE_CPU_AFFINITY: 'true' }, 'slot2_7', [1]],
    [{ ENFORCE_CPU_AFFINITY: 'true', SLOT2_CPU_AFFINITY: '0, 3' }, 'slot2', [0, 3]],
    [{ ENFORCE_CPU_AFFINITY: 'true' }, 'nameless', undefined],
  ];
  for (const [knobs, slotName, expected] of affinities) {
    test(`keeps ${slotName} on ${expected?.join() ?? 'all CPUs'} with ${JSON.stringify(knobs)}`, () => {
      assert.deepEqual(policyOf(knobs, { slotName }).cpus, expected);
    });
  }

  test('keeps a job on the CPUs that the startd has assigned, whatever the slot has', () => {
    const enforced = { ENFORCE_CPU_AFFINITY: 'true' };
    const slot = { ...enforced, SLOT1_CPU_AFFINITY: '0, 3' };
    assert.deepEqual(policyOf(slot, { assignedCpus: '5,7' }).cpus, [5, 7]);
    assert.deepEqual(policyOf(enforced, { assignedCpus: ' 2 ' }).cpus, [2]);
    assert.deepEqual(policyOf(slot, { assignedCpus: '' }).cpus, [0, 3]);
    assert.equal(policyOf({}, { assignedCpus: '5' }).cpus, undefined);
    const wrong = read(enforced, { assignedCpus: '1,x' });
    assert.match(wrong.ok ? '' : wrong.error.message, /assigned "1,x", where "x" is no CPU/);
  });

  test('names the affinity knob that has something else than CPU numbers', () => {
    const policy = read({ ENFORCE_CPU_AFFINITY: 'true', SLOT1_CPU_AFFINITY: '0,first' });
    assert.ok(!policy.ok);
    assert.match(policy.error.message, /SLOT1_CPU_AFFINITY.*"first" is not the number of a CPU/);
  });
});
