/** How a starter tells its startd that it is alive. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { err, ok, type Result } from '../../src/result';
import type { CedarConnection, WireError } from '../../src/condor/cedar/types';
import {
  childAlivePlan,
  sendChildAlive,
  startChildAlive,
} from '../../src/condor/startd/child-alive';
import { MemoryConnection } from './memory-connection';

const GONE: WireError = { kind: 'gone', peer: '<h:1>', reason: 'connection refused' };

describe('the rhythm', () => {
  const rows = [
    // NOT_RESPONDING_TIMEOUT, period, retry
    [3600, 1170, 60],
    [600, 170, 56],
    [93, 1, 1],
    [1, 1, 1],
  ] as const;
  for (const [timeout, period, retry] of rows) {
    test(`is ${period} s where hung means ${timeout} s of silence`, () => {
      const plan = childAlivePlan(timeout, 30);
      assert.deepEqual(plan, { timeout, firstDelay: 30, period, retry });
    });
  }

  test('leaves room for a failure or two before the timeout', () => {
    fc.assert(
      fc.property(fc.integer({ min: 120, max: 1_000_000 }), (timeout) => {
        const { period, retry } = childAlivePlan(timeout, 0);
        assert.ok(period + 2 * retry < timeout);
      }),
    );
  });
});

test('a message has the pid, the timeout and no waiting for locks, and the connection closes', async () => {
  const connection = new MemoryConnection();
  const sent = await sendChildAlive({
    pid: 182491,
    plan: childAlivePlan(3600, 0),
    connect: () => Promise.resolve(ok(connection)),
  });
  assert.ok(sent.ok);
  assert.deepEqual(connection.sent, [[182491, 3600, 0]]);
  assert.equal(connection.isClosed, true);
});

describe('the sender', () => {
  test('goes on after trouble, at the pace of the plan, until it is ended', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const tries: Result<CedarConnection, WireError>[] = [
      err(GONE),
      ok(new MemoryConnection()),
      ok(new MemoryConnection()),
    ];
    const troubles: WireError[] = [];
    let connects = 0;
    const pass = async (seconds: number): Promise<number> => {
      context.mock.timers.tick(seconds * 1000);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      return connects;
    };
    const end = startChildAlive({
      pid: 1,
      plan: childAlivePlan(600, 30),
      connect: () => Promise.resolve(tries[connects++] ?? err(GONE)),
      onTrouble: (error) => troubles.push(error),
    });
    assert.equal(await pass(29), 0);
    assert.equal(await pass(1), 1); // refused
    assert.equal(await pass(55), 1);
    assert.equal(await pass(1), 2);
    assert.equal(await pass(169), 2);
    assert.equal(await pass(1), 3);
    assert.deepEqual(troubles, [GONE]);
    end();
    assert.equal(await pass(10_000), 3);
  });
});
