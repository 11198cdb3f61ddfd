import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../../../test/support/temporary';
import { nvidiaGpus } from './nvidia';

const DEVICES = 'Character devices:\n  1 mem\n195 nvidia\n\nBlock devices:\n  7 nvidia\n';

const information = (uuid: string, minor: number): string =>
  `Model: \t\t Tesla T4\nIRQ:   \t\t 45\nGPU UUID: \t ${uuid}\nVideo BIOS: \t 90.04\n` +
  `Device Minor: \t ${minor}\nGPU Excluded:\t No\n`;

describe('nvidiaGpus()', () => {
  test('gives name and numbers of each, by minor number', (t) => {
    const proc = temporaryDirectory(t);
    writeFileSync(`${proc}/devices`, DEVICES);
    for (const [bus, uuid, minor] of [
      ['0000:00:1e.0', 'GPU-b', 1],
      ['0000:00:1f.0', 'GPU-a', 0],
    ] as const) {
      mkdirSync(`${proc}/driver/nvidia/gpus/${bus}`, { recursive: true });
      writeFileSync(`${proc}/driver/nvidia/gpus/${bus}/information`, information(uuid, minor));
    }
    mkdirSync(`${proc}/driver/nvidia/gpus/0000:00:20.0`);
    assert.deepEqual(nvidiaGpus(proc), [
      { name: 'GPU-a', major: 195, minor: 0 },
      { name: 'GPU-b', major: 195, minor: 1 },
    ]);
  });

  test('gives none without the driver', (t) => {
    const proc = temporaryDirectory(t);
    assert.deepEqual(nvidiaGpus(proc), []);
    writeFileSync(`${proc}/devices`, DEVICES.replace('195 nvidia\n', ''));
    assert.deepEqual(nvidiaGpus(proc), []);
  });
});
