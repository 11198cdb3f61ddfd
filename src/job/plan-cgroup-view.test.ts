import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type InputChanges, planInput } from '../../test/plan/inputs';
import { memoryHost } from '../../test/plan/memory-host';
import type { MountFact } from './host';
import { planCgroupView } from './plan-cgroup-view';

const MOUNTS: readonly MountFact[] = [
  { mountPoint: '/', type: 'ext4', flags: ['relatime'] },
  { mountPoint: '/cg/unified', type: 'cgroup2', flags: ['relatime'], hierarchy: '' },
  { mountPoint: '/cg/cpu', type: 'cgroup', flags: ['ro'], hierarchy: 'cpu,cpuacct' },
];

function view(policy: InputChanges['policy'] = {}, root?: string, mode?: InputChanges['mode']) {
  const host = memoryHost({}, { mounts: MOUNTS });
  const input = planInput({ host, policy: { cgroupNamespace: true, ...policy } });
  return planCgroupView(mode === undefined ? input : { ...input, mode }, root);
}

describe('what a job sees of cgroups', () => {
  const flags = ['nosuid', 'nodev', 'noexec'];
  const namespace = { op: 'cgroup-namespace' };
  const second = { op: 'cgroup-files', target: '/cg/unified', flags, options: '' };
  const cpu = {
    op: 'cgroup-files',
    target: '/cg/cpu',
    flags: ['ro', ...flags],
    options: 'cpu,cpuacct',
  };

  test('is what the host sees, without a namespace', () => {
    assert.deepEqual(view({ cgroupNamespace: false }), []);
    assert.deepEqual(view({}, undefined, 'unprivileged'), []);
  });

  test('is its own part of each hierarchy, where the host has it, and no more writable', () => {
    assert.deepEqual(view(), [namespace, second, cpu]);
  });

  test('is nothing where the site hides them, and read-only where it says so', () => {
    assert.deepEqual(view({ hidden: ['/cg/cpu'] }), [namespace, second]);
    const [, first] = view({ readOnly: ['/cg'] });
    assert.deepEqual(first, { ...second, flags: ['ro', ...flags] });
  });

  test('is no directory in an image, which has none', () => {
    assert.deepEqual(view({}, '/img'), [namespace]);
  });
});
