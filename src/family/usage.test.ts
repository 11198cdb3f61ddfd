import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { SpawnOptionsWithStdioTuple, StdioNull, StdioPipe } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { burn } from '../../test/support/burn';
import { waitUntil } from '../../test/support/wait';
import { familyUsage } from './usage';

/** A process group of its own, so that all of it can be killed. */
const OPTIONS: SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioNull> = {
  stdio: ['ignore', 'pipe', 'ignore'],
  detached: true,
};

function killGroup(leader: number | undefined): void {
  assert.ok(leader !== undefined);
  process.kill(-leader, 'SIGKILL');
}

describe('the usage of a family', () => {
  test('is that of all processes below its init, and not of init itself', async () => {
    const script = 'sleep 60 & (sleep 60 & wait) & echo up; wait';
    const init = spawn('sh', ['-c', script], OPTIONS);
    try {
      await once(init.stdout, 'data');
      const pid = init.pid ?? 0;
      await waitUntil(
        () => familyUsage(pid)?.processes === 3,
        () => `three processes, not ${familyUsage(pid)?.processes}`,
        10,
      );
      const usage = familyUsage(pid);
      assert.ok(
        usage && usage.resident > 500 && usage.resident < usage.imageSize,
        `${usage?.resident}`,
      );
    } finally {
      killGroup(init.pid);
    }
  });

  test('has the CPU time of processes that have ended', async () => {
    const script = `sh -c '${burn(0.1)}'; echo done; sleep 60`;
    const init = spawn('sh', ['-c', script], OPTIONS);
    try {
      await once(init.stdout, 'data');
      const usage = familyUsage(init.pid ?? 0);
      assert.ok(usage && usage.userCpu > 0.05, `${usage?.userCpu} s`);
    } finally {
      killGroup(init.pid);
    }
  });

  test('is not there where init has ended', async () => {
    const init = spawn('true');
    await once(init, 'exit');
    assert.equal(familyUsage(init.pid ?? 0), undefined);
  });
});
