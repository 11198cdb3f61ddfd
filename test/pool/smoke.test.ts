/**
 * A pool itself: that it starts, runs a job, and is gone without a trace afterwards.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startCommand } from '../support/command';
import { skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { TREE } from '../support/root';
import { waitUntil } from '../support/wait';
import { startPool } from './support/pool';
import { needsPools, RELEASES } from './support/releases';

const JOB = `executable = /bin/sh
transfer_executable = false
arguments = "-c 'id -un; exit 3'"
output = out
should_transfer_files = YES`;

for (const release of RELEASES) {
  describe(`a pool of HTCondor ${release}`, { skip: skipIf(needsPools()) }, () => {
    for (const as of ['root', 'alice'] as const) {
      test(`whose daemons are ${as} runs a job and leaves nothing`, async (t) => {
        const pool = await startPool(t, { release, as });
        const job = await pool.submit(JOB);
        await pool.wait(job, 'completed');
        assert.equal((await pool.historyAd(job)).ExitCode, 3);
        assert.equal(pool.read(job, 'out'), 'alice\n');
        await pool.stop();
        assert.ok(!isAlive(pool.namespace.pid));
        assert.ok(!existsSync(pool.directory));
      });
    }

    test('dies with the process that started it', async (t) => {
      const starter = path.join(TREE, 'scripts/pool/start.mjs');
      const command = startCommand([process.execPath, starter, '--version', release]);
      t.after(() => command.process.kill('SIGKILL'));
      const directory = (): string => /^Outside: +(\S+)/m.exec(command.stdout())?.[1] ?? '';
      await waitUntil(
        () => directory() !== '',
        () => `the pool: ${command.stderr()}`,
        60,
      );
      assert.ok(existsSync(directory()));
      command.process.kill('SIGKILL');
      await command.ended;
      await waitUntil(() => !existsSync(directory()), `${directory()} to be removed`);
    });

    test('runs beside another one', async (t) => {
      const pools = await Promise.all([startPool(t, { release }), startPool(t, { release })]);
      const jobs = await Promise.all(pools.map((pool) => pool.submit(JOB)));
      await Promise.all(pools.map((pool, index) => pool.wait(jobs[index]!, 'completed')));
    });
  });
}
