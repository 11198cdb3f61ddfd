import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClassAd, parseClassAd, printClassAd, stringValue } from '../condor/classad';
import { defaultMachineAd, slotNameOf } from './machine-ad';

const facts = {
  hostname: 'worker7.example.org',
  cpus: 8,
  memory: 15984.7,
  disk: 1_048_576,
  machine: 'x86_64',
  uidDomain: 'example.org',
  fileSystemDomain: 'worker7.example.org',
};

describe('the machine ad of a host without a startd', () => {
  test('describes the whole host as one claimed slot', () => {
    const expected = parseClassAd(
      `MyType = "Machine"
Name = "slot1@worker7.example.org"
Machine = "worker7.example.org"
SlotID = 1
SlotType = "Static"
MachineResources = "Cpus Memory Disk"
Cpus = 8
TotalCpus = 8
Memory = 15984
TotalMemory = 15984
Disk = 1048576
TotalDisk = 1048576
Arch = "X86_64"
OpSys = "LINUX"
UidDomain = "example.org"
FileSystemDomain = "worker7.example.org"
State = "Claimed"
Activity = "Busy"
`,
      { syntax: 'old' },
    );
    assert.ok(expected.ok);
    assert.equal(printClassAd(defaultMachineAd(facts), 'old'), printClassAd(expected.value, 'old'));
  });

  const machines = [
    ['i686', 'INTEL'],
    ['aarch64', 'aarch64'],
    ['ppc64le', 'ppc64le'],
  ] as const;
  for (const [machine, arch] of machines) {
    test(`of a ${machine} has the Arch ${arch}`, () => {
      assert.equal(defaultMachineAd({ ...facts, machine }).string('Arch'), arch);
    });
  }
});

describe("a slot's name", () => {
  const rows = [
    ['slot1_2@worker7.example.org', 'slot1_2'],
    ['slot3', 'slot3'],
    ['@worker7', 'slot1'],
  ] as const;
  for (const [name, slot] of rows) {
    test(`of ${name} is ${slot}`, () => {
      assert.equal(slotNameOf(new ClassAd().set('Name', stringValue(name))), slot);
    });
  }

  test('of an ad without a name is slot1', () => {
    assert.equal(slotNameOf(new ClassAd()), 'slot1');
  });
});
