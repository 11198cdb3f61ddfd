import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { parseClassAd } from '../condor/classad';
import type { PlanMode } from './plan-input';
import { describeDisk, diskFault, planScratchDisk } from './scratch-disk';

const MIB = 2 ** 20;

function plan(knobs: Record<string, string>, mode: PlanMode = 'root', job = '') {
  const jobAd = parseClassAd(job);
  const machineAd = parseClassAd('Disk = 102400');
  assert.ok(jobAd.ok && machineAd.ok);
  const defaults = job === '' ? 'pool' : 'root';
  const config = configOf(knobs, defaults);
  return planScratchDisk({ config, mode, jobAd: jobAd.value, machineAd: machineAd.value });
}

function disk(...given: Parameters<typeof plan>) {
  const planned = plan(...given);
  assert.ok(planned.ok, JSON.stringify(planned));
  return planned.value.disk;
}

describe("a sandbox' own file system", () => {
  test('is none, unless the site wants one and the starter can mount', () => {
    assert.equal(disk({}), undefined);
    const rootless = plan({ STARTER_SCRATCH_DISK: 'loop' }, 'rootless');
    assert.ok(rootless.ok && rootless.value.disk === undefined);
    assert.match(rootless.value.notes.join(), /^STARTER_SCRATCH_DISK has no effect: /);
  });

  test('has the size of the slot’s Disk, in a file of which a part is held back', () => {
    const size = 100 * MIB;
    assert.deepEqual(disk({ STARTER_SCRATCH_DISK: 'loop' }), {
      kind: 'loop',
      size,
      limit: size * 0.98,
      isThin: false,
    });
  });

  test('has more room than the job may use where it is thin', () => {
    const knobs = { LVM_USE_THIN_PROVISIONING: 'true', LVM_THIN_LV_EXTRA_SIZE_MB: '50' };
    const found = disk({ STARTER_SCRATCH_DISK: 'loop', ...knobs });
    assert.deepEqual([found?.size, found?.limit, found?.isThin], [150 * MIB, 100 * MIB, true]);
  });

  test('has by hand what the job asks for, or what the slot has', () => {
    const knobs = { STARTER_SCRATCH_DISK: 'tmpfs' };
    assert.equal(disk(knobs, 'root', 'RequestDisk = 2048')?.size, 2 * MIB);
    assert.equal(disk(knobs, 'root', 'Cmd = "x"')?.size, 100 * MIB);
  });

  const wrong: readonly (readonly [knob: string, value: string])[] = [
    ['STARTER_SCRATCH_DISK_SIZE', '0'],
    ['STARTER_SCRATCH_DISK_SIZE', '"much"'],
    ['LVM_THICK_LV_MARGIN', '1.5'],
    ['LVM_THICK_LV_MARGIN', '0'],
  ];
  for (const [knob, value] of wrong) {
    test(`is an error where ${knob} is ${value}`, () => {
      const planned = plan({ STARTER_SCRATCH_DISK: 'loop', [knob]: value });
      assert.ok(!planned.ok);
      assert.match(planned.error.message, new RegExp(knob));
    });
  }

  test('is a line for a person', () => {
    const found = disk({ STARTER_SCRATCH_DISK: 'loop' });
    assert.equal(
      found && describeDisk(found),
      'a file system of 100 MiB, in a file, set aside whole; held from 98 MiB on',
    );
  });
});

describe('a job', () => {
  const limit = 100 * MIB;
  test('goes on while there is room', () => {
    assert.equal(diskFault({ used: limit - 1, free: 2 * MIB, limit }), undefined);
    assert.equal(diskFault({ used: 0, free: MIB / 2, limit: MIB }), undefined);
  });

  test('is held in HTCondor’s words where it has filled its disk, or can write no more', () => {
    const fault = diskFault({ used: limit, free: 5 * MIB, limit });
    assert.deepEqual(fault, {
      cause: 'outOfResources',
      subcode: 104,
      reason:
        'Job has exceeded allocated disk (100.0 MB). Consider increasing the value of request_disk.',
    });
    assert.deepEqual(diskFault({ used: 1, free: MIB - 1, limit }), fault);
  });
});
