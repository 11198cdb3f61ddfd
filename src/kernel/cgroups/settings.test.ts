import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CgroupLimits } from '../../job/cgroup-plan';
import { settingsOf } from './settings';

/** `memory.max = 100`, for each file. */
function written(limits: CgroupLimits, version: 1 | 2): readonly string[] {
  return settingsOf(limits, version).map(({ files, value }) => `${files.join('|')} = ${value}`);
}

const ALL: CgroupLimits = {
  cpuWeight: 200,
  cpuLimit: 1.5,
  cpus: [0, 2],
  memory: { hard: 1000, soft: 900, low: 500, high: 800, swap: 50 },
  pids: 10,
  ioWeight: 150,
  hugePages: 4096,
  hiddenDevices: [{ name: 'GPU-1', major: 195, minor: 1 }],
};

describe('settingsOf()', () => {
  test('writes what version 2 of cgroups has', () => {
    assert.deepEqual(written(ALL, 2), [
      'cpu.weight = 200',
      'cpu.max = 150000 100000',
      'cpuset.cpus = 0,2',
      'memory.max = 1000',
      'memory.high = 800',
      'memory.low = 500',
      'memory.swap.max = 50',
      'pids.max = 11',
      'io.weight|io.bfq.weight = default 150',
      'hugetlb.*.max = 4096',
    ]);
  });

  test('writes what version 1 has, swap with memory and after it', () => {
    assert.deepEqual(written(ALL, 1), [
      'cpu.shares = 200',
      'cpu.cfs_period_us = 100000',
      'cpu.cfs_quota_us = 150000',
      'cpuset.cpus = 0,2',
      'memory.limit_in_bytes = 1000',
      'memory.soft_limit_in_bytes = 900',
      'memory.memsw.limit_in_bytes = 1050',
      'pids.max = 11',
      'blkio.weight|blkio.bfq.weight = 150',
      'hugetlb.*.limit_in_bytes = 4096',
      'devices.deny = c 195:1 rwm',
    ]);
  });

  test('writes nothing without limits', () => {
    assert.deepEqual([...settingsOf({}, 1), ...settingsOf({ memory: {} }, 2)], []);
  });

  test('stays within what the kernel takes', () => {
    assert.deepEqual(written({ cpuWeight: 51_200, ioWeight: 0.2, cpuLimit: 0.001 }, 2), [
      'cpu.weight = 10000',
      'cpu.max = 1000 100000',
      'io.weight|io.bfq.weight = default 1',
    ]);
    assert.deepEqual(written({ cpuWeight: 51_200 }, 1), ['cpu.shares = 51200']);
  });
});
