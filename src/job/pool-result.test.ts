import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EXIT_REASONS } from '../../src/condor/shadow/exit-reasons';
import { RUNS } from '../../test/shadow/recorded';
import { type PoolExit, poolExit, waitStatus } from './pool-result';
import type { JobEnd, JobOutcome } from './result';

const exited = (code: number): JobEnd => ({ code, signal: undefined, coreDumped: false });
const killed = (signal: number, coreDumped = false): JobEnd => ({
  code: undefined,
  signal,
  coreDumped,
});

describe('a wait status', () => {
  const rows: [JobEnd, number][] = [
    [exited(0), 0],
    [exited(3), 768],
    [exited(255), 65280],
    [killed(15), 15],
    [killed(9), 9],
    [killed(11, true), 139],
  ];
  for (const [end, status] of rows) {
    test(`${JSON.stringify(end)} is ${status}`, () => assert.equal(waitStatus(end), status));
  }

  test('gives back the end that it was made of, by the rules of wait(2)', () => {
    const end = fc.oneof(
      fc.nat(255).map(exited),
      fc.tuple(fc.integer({ min: 1, max: 64 }), fc.boolean()).map((pair) => killed(...pair)),
    );
    fc.assert(
      fc.property(end, (made) => {
        const status = waitStatus(made);
        const signal = status & 0x7f;
        const read: JobEnd =
          signal === 0 ? exited((status >> 8) & 0xff) : killed(signal, (status & 0x80) !== 0);
        assert.deepEqual(read, made);
      }),
    );
  });
});

describe('what a shadow is told', () => {
  const fault = { cause: 'cannotExecute', subcode: 2, reason: 'x' } as const;
  const rows: [string, JobOutcome, PoolExit][] = [
    ['an end', { kind: 'completed', exit: exited(3) }, { waitStatus: 768, reason: 'exited' }],
    [
      'a signal of its own',
      { kind: 'completed', exit: killed(6) },
      { waitStatus: 6, reason: 'exited' },
    ],
    [
      'a core file',
      { kind: 'completed', exit: killed(6, true) },
      { waitStatus: 134, reason: 'coreDumped' },
    ],
    [
      'an eviction',
      { kind: 'evicted', ending: { why: 'vacate' }, exit: killed(15) },
      { waitStatus: 15, reason: 'shouldRequeue' },
    ],
    [
      'an eviction that the job answered with an exit status',
      { kind: 'evicted', ending: { why: 'remove' }, exit: exited(1) },
      { waitStatus: 256, reason: 'shouldRequeue' },
    ],
    [
      'a job that never ran',
      { kind: 'held', fault, exit: undefined },
      { waitStatus: 0, reason: 'notStarted' },
    ],
    [
      'a hold of a job that ran',
      { kind: 'held', fault, exit: killed(9) },
      { waitStatus: 9, reason: 'shouldHold' },
    ],
    [
      'a job that nobody knows of',
      { kind: 'lost', reason: 'x' },
      { waitStatus: 0, reason: 'shouldRequeue' },
    ],
  ];
  for (const [name, outcome, exit] of rows) {
    test(name, () => {
      assert.deepEqual(poolExit(outcome), exit);
      assert.ok(exit.reason in EXIT_REASONS);
    });
  }

  test('tells of a core only where it is there', () => {
    const outcome = { kind: 'completed', exit: { ...killed(11), coreDumped: true } } as const;
    const told = [undefined, true, false].map((hasCore) => poolExit(outcome, hasCore));
    assert.deepEqual(
      told.map(({ reason }) => reason),
      ['coreDumped', 'coreDumped', 'exited'],
    );
    assert.ok(told.every(({ waitStatus: status }) => status === 139));
  });

  test('is what genuine starters told', () => {
    // A job's own end, and evictions by a startd, whatever the user had asked for.
    const own = new Map(
      [
        poolExit({ kind: 'completed', exit: exited(3) }),
        poolExit({ kind: 'completed', exit: exited(0) }),
        poolExit({ kind: 'evicted', ending: { why: 'hold' }, exit: killed(15) }),
      ].map((exit) => [`${exit.waitStatus} ${EXIT_REASONS[exit.reason].number}`, exit]),
    );
    const genuine = [...RUNS.values()]
      .flatMap(({ calls }) => calls)
      .filter(({ rpc }) => rpc === -65)
      .map(({ req }) => `${Number(req[0])} ${Number(req[1])}`);
    assert.ok(genuine.length >= 5);
    for (const told of genuine) assert.ok(own.has(told), told);
  });
});
