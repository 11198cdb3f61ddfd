/** Whether processes stand still, as /proc tells it of real ones. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { isStill } from '../../src/kernel/proc/stillness';
import { childrenOf, stateOf } from '../../src/starter/families/process-facts';
import { compiled } from '../support/compiled';
import { waitUntil } from '../support/wait';

interface Started {
  readonly pid: number;
  readonly process: ChildProcess;
}

const processes = (...args: readonly string[]) => [compiled('processes'), ...args] as const;
const SLEEP = ['sleep', '600'] as const;

function start(t: TestContext, [command, ...args]: readonly [string, ...string[]]): Started {
  const process = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(process.pid !== undefined);
  t.after(() => process.kill('SIGKILL'));
  return { pid: process.pid, process };
}

const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');

describe('a process', () => {
  test('stands still from SIGSTOP to SIGCONT', async (t) => {
    const { pid, process } = start(t, SLEEP);
    assert.equal(isStill(pid), false);
    process.kill('SIGSTOP');
    await waitUntil(() => isStill(pid) === true, 'it to stop');
    assert.equal(stateOf([pid], false), 'suspended');
    process.kill('SIGCONT');
    await waitUntil(() => isStill(pid) === false, 'it to go on');
    assert.equal(stateOf([pid], false), 'running');
  });

  test('that has ended is none', async (t) => {
    const { pid, process } = start(t, SLEEP);
    process.kill('SIGKILL');
    await waitUntil(() => isStill(pid) === undefined, 'its end');
    assert.equal(stateOf([pid], false), 'ended');
  });

  test('whose first thread has ended is as the others are', async (t) => {
    const { pid, process } = start(t, processes('leaderless'));
    await waitUntil(() => /^State:\tZ/m.test(statusOf(pid)), 'the first thread to end');
    assert.equal(isStill(pid), false);
    process.kill('SIGSTOP');
    await waitUntil(() => isStill(pid) === true, 'the other to stop');
    assert.equal(stateOf([pid], false), 'suspended');
  });

  for (const [whose, thread] of [
    ['the first thread', '0'],
    ['another thread', '1'],
  ] as const) {
    test(`stands still where ${whose} waits for a stopped child that it has vforked`, async (t) => {
      const { pid, process: parent } = start(t, processes('vforked', thread));
      await waitUntil(() => childrenOf(pid).length === 1, 'the child');
      const child = childrenOf(pid)[0]!;
      await waitUntil(() => isStill(child) === true, 'the child to stop');
      assert.equal(isStill(pid), false, 'nobody has stopped the parent');
      parent.kill('SIGSTOP');
      await waitUntil(() => isStill(pid) === true, 'the parent to stand still');
      assert.equal(stateOf([pid, child], false), 'suspended');
      parent.kill('SIGCONT');
      await waitUntil(() => isStill(pid) === false, 'the parent to go on');
      process.kill(child, 'SIGCONT');
      await waitUntil(() => childrenOf(pid).length === 0, 'the end of the child');
      assert.equal(isStill(pid), false);
    });
  }
});
