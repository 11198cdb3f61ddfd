import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adsOf, machineAdOf, run } from '../../../test/shadow/recorded';
import { ClassAd, parseClassAd, printClassAd } from '../classad';
import { type StarterFacts, starterInfo } from './starter-info';

function ad(...lines: string[]): ClassAd {
  const parsed = parseClassAd(lines.join('\n'), { syntax: 'old' });
  assert.ok(parsed.ok);
  return parsed.value;
}

const facts: StarterFacts = {
  machineAd: ad('Name = "slot1@w"', 'Machine = "w"', 'Cpus = 2'),
  jobAd: new ClassAd(),
  uidDomain: 'u.org',
  fileSystemDomain: 'f.org',
  address: '<192.0.2.7:9618?sock=starter>',
  scratchDirectory: '/execute/dir_1',
  condorVersion: '$CondorVersion: 23.9.6 2026-07-12 $',
  condorPlatform: '$CondorPlatform: X86_64-Debian_13 $',
  time: 1795224508.9,
};

function lines(info: ClassAd): string[] {
  return printClassAd(info, 'old').trimEnd().split('\n').sort();
}

describe("a starter's own ad", () => {
  for (const name of ['23.9.6-normal', '25.14.1-normal']) {
    test(`${name}: is what the genuine one sent`, () => {
      const [genuine] = adsOf(run(name), -77);
      assert.ok(genuine);
      const text = (attribute: string): string => {
        const value = genuine.string(attribute);
        assert.ok(value !== undefined, attribute);
        return value;
      };
      const machineAd = machineAdOf(name);
      const own = starterInfo({
        machineAd,
        jobAd: new ClassAd(),
        uidDomain: text('UidDomain'),
        fileSystemDomain: text('FileSystemDomain'),
        address: text('StarterIpAddr'),
        addressV1: text('AddressV1'),
        scratchDirectory: text('CondorScratchDir'),
        condorVersion: text('CondorVersion'),
        condorPlatform: text('CondorPlatform'),
        time: genuine.integer('MyCurrentTime') ?? 0,
      });
      // The recording leaves the machine ad out that a starter of 25.x sends along.
      const slotAd = own.ad('SlotAd');
      assert.equal(slotAd?.ad.size, name.startsWith('25') ? machineAd.size : undefined);
      own.delete('SlotAd');
      assert.deepEqual(lines(own), lines(genuine));
    });
  }

  test('has the resources that every machine has where none are named', () => {
    const info = starterInfo(facts);
    assert.equal(info.integer('Cpus'), 2);
    assert.equal(info.has('MachineResources'), false);
    assert.equal(info.has('Memory'), false);
    assert.equal(info.integer('MyCurrentTime'), 1795224508);
    assert.equal(info.has('AddressV1'), false);
  });

  test('has the properties of single devices', () => {
    const machineAd = ad(
      'MachineResources = "Cpus GPUs"',
      'GPUs = 1',
      'AvailableGPUs = { GPUs_GPU_1 }',
      'GPUs_GPU_1 = [ Id = "GPU-1" ]',
      'GPUs_GPU_2 = [ Id = "GPU-2" ]',
    );
    const info = starterInfo({ ...facts, machineAd });
    assert.deepEqual(
      ['GPUs', 'AvailableGPUs', 'GPUs_GPU_1', 'GPUs_GPU_2'].map((name) => info.has(name)),
      [true, true, true, false],
    );
  });

  test('has what the job wants of the machine in its execute event, and nothing of its own lost', () => {
    const machineAd = ad('Name = "slot1@w"', 'Rack = "r4"', 'UidDomain = "other"', 'Secret = 1');
    const jobAd = ad('UserLogExecuteEventAttrs = "Rack, UidDomain, Missing"');
    const info = starterInfo({ ...facts, machineAd, jobAd });
    assert.equal(info.string('Rack'), 'r4');
    assert.equal(info.string('UidDomain'), 'u.org');
    assert.equal(info.has('Missing') || info.has('Secret'), false);
  });
});
