import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { parseClassAd } from '../condor/classad';
import { hiddenDevices } from './hidden-devices';

const GPUS = [
  { name: 'GPU-aaaa0000-1111', major: 195, minor: 0 },
  { name: 'GPU-bbbb0000-2222', major: 195, minor: 1 },
];

const NODES: Readonly<Record<string, { major: number; minor: number }>> = {
  '/dev/dri/renderD128': { major: 226, minor: 128 },
  '/dev/dri/card0': { major: 226, minor: 0 },
  '/dev/dri/renderD129': { major: 226, minor: 129 },
};

function hidden(
  machine: string,
  knobs: Record<string, string> = {},
  defaults: 'pool' | 'root' = 'pool',
) {
  const machineAd = parseClassAd(machine);
  const jobAd = parseClassAd('');
  assert.ok(machineAd.ok && jobAd.ok);
  return hiddenDevices({
    config: configOf(knobs, defaults),
    jobAd: jobAd.value,
    machineAd: machineAd.value,
    host: { gpus: GPUS, device: (path) => NODES[path] },
  });
}

function names(...given: Parameters<typeof hidden>): readonly string[] {
  const found = hidden(...given);
  assert.ok(found.ok, JSON.stringify(found));
  return found.value.map(({ name, major, minor }) => `${name} ${major}:${minor}`);
}

const FIRST = 'GPU-aaaa0000-1111 195:0';
const SECOND = 'GPU-bbbb0000-2222 195:1';

describe('the GPUs that are hidden from a job', () => {
  test('are all, where its slot has none', () => {
    assert.deepEqual(names('Cpus = 1'), [FIRST, SECOND]);
  });

  test('are none where the knob is false, and by hand where the slot is not divided by GPUs', () => {
    assert.deepEqual(names('Cpus = 1', { STARTER_HIDE_GPU_DEVICES: 'false' }), []);
    assert.deepEqual(names('MachineResources = "Cpus Memory Disk"', {}, 'root'), []);
    assert.deepEqual(names('MachineResources = "Cpus GPUs"', {}, 'root'), [FIRST, SECOND]);
  });

  test('are those that are not assigned, by whole UUID', () => {
    const ad =
      'AvailableGPUs = { [ DeviceUuid = "bbbb0000-2222"; id = "CUDA0" ] }\nAssignedGPUs = "CUDA0"';
    assert.deepEqual(names(ad), [FIRST]);
  });

  test('or by the short one that condor_gpu_discovery gives', () => {
    assert.deepEqual(names('AssignedGPUs = "GPU-aaaa0000"'), [SECOND]);
    assert.deepEqual(names('AssignedGPUs = "GPU-aaaa0000,GPU-bbbb0000-2222"'), []);
  });

  test('are none where an assigned one is not known', () => {
    assert.deepEqual(names('AssignedGPUs = "GPU-aaaa0000, CUDA1"'), []);
    assert.deepEqual(names('AssignedGPUs = "GPU-aa"'), []);
  });

  test('have the nodes that the site names', () => {
    const list = 'OCL0=/dev/dri/renderD128 OCL0=/dev/dri/card0, OCL1=/dev/dri/renderD129';
    const knobs = { STARTER_GPU_DEVICES: list };
    assert.deepEqual(names('AssignedGPUs = "OCL1"', knobs), ['OCL0 226:128', 'OCL0 226:0']);
  });

  for (const [list, reason] of [
    ['/dev/dri/card0', /is not of the form ID=\/dev\/NODE/],
    ['OCL0=/dev/none', /\/dev\/none is no character device/],
  ] as const) {
    test(`are an error where the site's list is: ${list}`, () => {
      const found = hidden('Cpus = 1', { STARTER_GPU_DEVICES: list });
      assert.ok(!found.ok);
      assert.match(JSON.stringify(found.error), reason);
    });
  }
});
