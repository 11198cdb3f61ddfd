import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import recorded from '../../test/job/starter.json';
import { printClassAd } from '../condor/classad';
import type { JobResult } from './result';
import { resultAd } from './result-ad';

const result: JobResult = {
  cluster: 7,
  proc: 2,
  outcome: { kind: 'completed', exit: { code: 3, signal: undefined, coreDumped: false } },
  pid: 4711,
  times: { started: 1795231310.25, ended: 1795231312.75 },
  usage: { userCpu: 0.5, systemCpu: 0.25, maxResident: 2049 },
  sandbox: { size: 12, entries: 3 },
};

/** The ad's attributes as texts, in the old syntax. */
function attributes(some: Partial<JobResult>): Record<string, string> {
  const lines = printClassAd(resultAd({ ...result, ...some }), 'old')
    .trimEnd()
    .split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' = ', 2) as [string, string]));
}

const unmeasured = { pid: undefined, times: undefined, usage: undefined, sandbox: undefined };

describe('the result ad', () => {
  test('of a job that ended by itself', () => {
    assert.deepEqual(attributes({}), {
      ClusterId: '7',
      ProcId: '2',
      JobStatus: '4',
      JobState: '"Exited"',
      ExitBySignal: 'false',
      ExitCode: '3',
      JobPid: '4711',
      JobStartDate: '1795231310',
      CompletionDate: '1795231312',
      JobDuration: '2.5',
      RemoteWallClockTime: '2.5',
      RemoteUserCpu: '0.5',
      RemoteSysCpu: '0.25',
      ResidentSetSize: '2049',
      MemoryUsage: '3',
      DiskUsage: '12',
      ScratchDirFileCount: '3',
    });
  });

  test('of a job that a signal ended, with a core file', () => {
    const exit = { code: undefined, signal: 11, coreDumped: true };
    const ad = attributes({ outcome: { kind: 'completed', exit } });
    assert.equal(ad['ExitBySignal'], 'true');
    assert.equal(ad['ExitSignal'], '11');
    assert.equal(ad['ExitCode'], undefined);
    assert.equal(ad['ExitReason'], '"died on signal 11 (Segmentation fault)"');
    assert.equal(ad['JobCoreDumped'], 'true');
  });

  test('of a job that never ran says why, and nothing about an end', () => {
    const fault = { cause: 'cannotOpenOutput', subcode: 13, reason: 'Cannot open "/o"' } as const;
    const outcome = { kind: 'held', fault, exit: undefined } as const;
    assert.deepEqual(attributes({ outcome, ...unmeasured }), {
      ClusterId: '7',
      ProcId: '2',
      JobStatus: '5',
      HoldReason: '"Cannot open \\"/o\\""',
      HoldReasonCode: '7',
      HoldReasonSubCode: '13',
    });
  });

  test('of a job that ran and was held has both', () => {
    const fault = { cause: 'outOfResources', subcode: 102, reason: 'too much memory' } as const;
    const exit = { code: undefined, signal: 9, coreDumped: false };
    const ad = attributes({ outcome: { kind: 'held', fault, exit } });
    assert.deepEqual(
      [ad['JobStatus'], ad['HoldReasonCode'], ad['HoldReasonSubCode'], ad['ExitSignal']],
      ['5', '34', '102', '9'],
    );
  });

  const endings = [
    ['vacate', '1', '1004'],
    ['remove', '3', undefined],
    ['hold', '5', undefined],
  ] as const;
  for (const [why, status, code] of endings) {
    test(`of a job that was ended to ${why} it has JobStatus ${status} and how it ended`, () => {
      const exit = { code: undefined, signal: 15, coreDumped: false };
      const ad = attributes({ outcome: { kind: 'evicted', ending: { why }, exit } });
      assert.deepEqual(
        [ad['JobStatus'], ad['VacateReasonCode'], ad['ExitSignal']],
        [status, code, '15'],
      );
    });
  }

  test('of a job that was lost gives it back, with the reason', () => {
    const ad = attributes({ outcome: { kind: 'lost', reason: 'init was killed' }, ...unmeasured });
    assert.deepEqual(
      [ad['JobStatus'], ad['VacateReason'], ad['VacateReasonCode'], ad['ExitCode']],
      ['1', '"init was killed"', '1007', undefined],
    );
  });
});

/** What HTCondor's starter writes and we do not, and why. */
const NOT_OURS: Readonly<Record<string, string>> = {
  ImageSize: 'the peak of virtual memory is not measured',
  NumPids: 'counts processes that are gone',
  IOWait: 'not measured without a cgroup',
  BlockReads: 'not measured without a cgroup',
  BlockWrites: 'not measured without a cgroup',
  BlockReadKbytes: 'not measured without a cgroup',
  BlockWriteKbytes: 'not measured without a cgroup',
  RecentBlockReads: 'not measured without a cgroup',
  RecentBlockWrites: 'not measured without a cgroup',
  RecentBlockReadKbytes: 'not measured without a cgroup',
  RecentBlockWriteKbytes: 'not measured without a cgroup',
  StatsLifetime: 'statistics of the statistics',
  RecentStatsLifetime: 'statistics of the statistics',
};

describe("beside the ad that HTCondor's own starter wrote", () => {
  const ends: Readonly<Record<string, JobResult['outcome']>> = {
    'an exit code': completed(3),
    'ExitCode of 255': completed(255),
    'a signal': completed(undefined, 9),
    'a core file': completed(undefined, 6, true),
  };
  const runs = recorded.filter((run) => run.result !== undefined);
  assert.equal(runs.length, Object.keys(ends).length);
  for (const { name, result: theirs = {} } of runs) {
    test(name, () => {
      const outcome = ends[name];
      assert.ok(outcome);
      const ours = attributes({ outcome });
      for (const [attribute, value] of Object.entries<string>(theirs)) {
        if (attribute in NOT_OURS) assert.equal(ours[attribute], undefined, attribute);
        else assert.ok(isLike(ours[attribute], value), `${attribute}: ${ours[attribute]}`);
      }
    });
  }

  function completed(code?: number, signal?: number, coreDumped = false): JobResult['outcome'] {
    return { kind: 'completed', exit: { code, signal, coreDumped } };
  }

  /** The record has types in place of numbers that change from run to run. */
  function isLike(ours: string | undefined, theirs: string): boolean {
    if (theirs === 'integer') return /^\d+$/.test(ours ?? '');
    if (theirs === 'real') return /^\d+\.\d+$/.test(ours ?? '');
    // Theirs is an expression over ResidentSetSize, ours its value.
    if (theirs.includes('ResidentSetSize')) return ours === '3';
    return ours === theirs;
  }
});
