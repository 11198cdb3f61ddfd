/**
 * What a starter that was killed with SIGKILL has to leave behind, the next one removes.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { needsAttackers, STARTERS, setScene } from '../breakout/attack';

const skip = skipIf(needsAttackers());

for (const starter of STARTERS) {
  describe(`the sandbox of a killed starter of ${starter.name}`, { skip }, () => {
    test('is removed by the next starter, and a running one is left alone', async (t) => {
      const scene = setScene(t, starter);
      const killed = scene.start(['600'], { command: '/bin/sleep' });
      const running = scene.start(['600'], { command: '/bin/sleep' });
      t.after(() => running.process.kill('SIGKILL'));
      const sandboxes = () =>
        existsSync(scene.execute)
          ? readdirSync(scene.execute).filter((name) => name.startsWith('dir_'))
          : [];
      await waitUntil(() => sandboxes().length === 2, 'two sandboxes');
      killed.process.kill('SIGKILL');
      await killed.ended;
      assert.equal(sandboxes().length, 2);
      await scene.start([], { command: '/bin/true' }).ended;
      assert.deepEqual(sandboxes(), [`dir_${running.process.pid}`]);
    });

    test('is not told from a record that another account or a link put there', async (t) => {
      const scene = setScene(t, starter);
      await scene.start([], { command: '/bin/true' }).ended;
      const kept = path.join(scene.execute, '.dir_1');
      writeFileSync(kept, JSON.stringify({ pid: 1, startTime: '0', bootId: '', pidNamespace: '' }));
      await scene.start([], { command: '/bin/true' }).ended;
      assert.deepEqual(readdirSync(scene.execute), ['.dir_1']);
    });
  });
}
