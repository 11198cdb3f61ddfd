import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holdCode } from './faults';
import { judgeMemory, type MemoryKills } from './out-of-memory';
import type { JobEnd, JobOutcome } from './result';

const KILLED = { code: undefined, signal: 9, coreDumped: false };
const OVER: MemoryKills = { kills: 3, overLimit: true, peak: 99.7, limit: 100 };
const MACHINE: MemoryKills = { ...OVER, overLimit: false, peak: 40 };
const completed = (exit: JobEnd): JobOutcome => ({ kind: 'completed', exit });

describe('judgeMemory()', () => {
  test('holds a job that its limit killed, in the words that sites look for', () => {
    const outcome = judgeMemory(completed(KILLED), OVER, true);
    assert.ok(outcome.kind === 'held');
    assert.deepEqual([holdCode(outcome.fault), outcome.fault.subcode], [34, 102]);
    assert.match(
      outcome.fault.reason,
      /^Job has gone over cgroup memory limit of 100 megabytes\. Peak usage: 100 megabytes\./,
    );
    assert.deepEqual(outcome.exit, KILLED);
  });

  test('holds it likewise whatever its main process made of the death of a child', () => {
    const exit = { code: 1, signal: undefined, coreDumped: false };
    assert.equal(judgeMemory(completed(exit), OVER, false).kind, 'held');
  });

  test('holds one whose init died with it', () => {
    const outcome = judgeMemory({ kind: 'lost', reason: 'its init is gone' }, OVER, true);
    assert.ok(outcome.kind === 'held');
    assert.deepEqual(outcome.exit, KILLED);
  });

  test('does not speak of a limit where the machine had no memory, and may send the job elsewhere', () => {
    const held = judgeMemory(completed(KILLED), MACHINE, true);
    assert.ok(held.kind === 'held');
    assert.equal(
      held.fault.reason,
      'Job was killed because its machine ran out of memory. Peak usage: 40 megabytes.',
    );
    const lost = judgeMemory(completed(KILLED), MACHINE, false);
    assert.ok(lost.kind === 'lost');
    assert.match(lost.reason, /machine ran out of memory.*40 megabytes/);
  });

  test('leaves alone whoever was not killed, limits itself, or was told to end', () => {
    const well = completed({ code: 0, signal: undefined, coreDumped: false });
    assert.equal(judgeMemory(well, MACHINE, true), well);
    const unhurt = completed(KILLED);
    assert.equal(judgeMemory(unhurt, { ...OVER, kills: 0 }, true), unhurt);
    const evicted = { kind: 'evicted', ending: { why: 'vacate' }, exit: KILLED } as const;
    assert.equal(judgeMemory(evicted, OVER, true), evicted);
  });
});
