import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ClassAd, parseClassAd } from '../condor/classad';
import { jobAdFile, machineAdFile, updateAdFile } from './sandbox-ads';

function ad(...lines: string[]): ClassAd {
  const parsed = parseClassAd(lines.join('\n'), { syntax: 'old' });
  assert.ok(parsed.ok);
  return parsed.value;
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

describe('.job.ad', () => {
  test('has the ad as it is, expressions unevaluated, an attribute a line', () => {
    const { name, mode, text } = jobAdFile(ad('Cmd = "/bin/true"', 'RequestCpus = 1 + 1'));
    assert.deepEqual([name, mode], ['.job.ad', 0o644]);
    assert.deepEqual(lines(text), ['Cmd = "/bin/true"', 'RequestCpus = 1 + 1']);
    assert.ok(text.endsWith('\n'));
  });

  test('has no key to a claim or to files, however it is spelt', () => {
    const secrets = [
      'ClaimId = "<127.0.0.1:9618>#1#1#secret"',
      'claimids = "x"',
      'ClaimIdList = "x"',
      'ChildClaimIds = "x"',
      'PairedClaimId = "x"',
      'SplitClaimId = "x"',
      'Capability = "x"',
      'TransferKey = "x"',
      '_condor_priv_key = "x"',
      '_Condor_PRIVATE = "x"',
    ];
    const { text } = jobAdFile(ad('Cmd = "/bin/true"', ...secrets));
    assert.deepEqual(lines(text), ['Cmd = "/bin/true"']);
  });

  test('leaves the ad itself alone', () => {
    const secret = ad('ClaimId = "x"');
    jobAdFile(secret);
    assert.equal(secret.string('ClaimId'), 'x');
  });
});

describe('.machine.ad and .update.ad', () => {
  const machine = ad('Name = "slot1@w"', 'Cpus = 4', 'ClaimId = "x"');

  test('.machine.ad has the slot without its claim', () => {
    const { name, text } = machineAdFile(machine);
    assert.equal(name, '.machine.ad');
    assert.deepEqual(lines(text), ['Cpus = 4', 'Name = "slot1@w"']);
  });

  test('.update.ad is the same before the job runs', () => {
    const { name, text } = updateAdFile(machine);
    assert.equal(name, '.update.ad');
    assert.deepEqual(text, machineAdFile(machine).text);
  });

  test('.update.ad adds what the running job has used, in HTCondor units', () => {
    const { text } = updateAdFile(machine, {
      state: 'Running',
      time: 1795231320.9,
      pid: 4711,
      started: 1795231310.25,
      usage: { userCpu: 1.5, systemCpu: 0.5, maxResident: 2048 },
      sandbox: { size: 12, entries: 3 },
    });
    assert.deepEqual(lines(text), [
      'Cpus = 4',
      'DiskUsage = 12',
      'JobPid = 4711',
      'JobStartDate = 1795231310',
      'JobState = "Running"',
      'MemoryUsage = 2',
      'MyCurrentTime = 1795231320',
      'Name = "slot1@w"',
      'RemoteSysCpu = 0.5',
      'RemoteUserCpu = 1.5',
      'ResidentSetSize = 2048',
      'ScratchDirFileCount = 3',
    ]);
  });

  test('.update.ad leaves out what was not measured', () => {
    const { text } = updateAdFile(machine, {
      state: 'Suspended',
      time: 5,
      pid: undefined,
      started: undefined,
      usage: undefined,
      sandbox: undefined,
    });
    assert.deepEqual(lines(text), [
      'Cpus = 4',
      'JobState = "Suspended"',
      'MyCurrentTime = 5',
      'Name = "slot1@w"',
    ]);
  });
});
