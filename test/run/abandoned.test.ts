/**
 * What a starter that was killed with SIGKILL has to leave behind, the next one removes.
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());
const LONG = shell('echo ready; sleep 600');
const SHORT = { Cmd: '/bin/true' };

for (const starter of STARTERS) {
  describe(`the sandbox of a killed starter of ${starter.name}`, { skip }, () => {
    test('is removed by the next starter, and a running one is left alone', async (t) => {
      const site = makeSite(t, starter);
      const [killed, running] = [site.start(LONG), site.start(LONG)];
      t.after(() => running.process.kill('SIGKILL'));
      await Promise.all([killed.said('ready'), running.said('ready')]);
      killed.process.kill('SIGKILL');
      await killed.ended;
      assert.equal(site.sandboxes().length, 2);
      await site.start(SHORT).ended;
      assert.deepEqual(site.sandboxes(), [`dir_${running.process.pid}`]);
    });

    test('is not told from a record that another account or a link put there', async (t) => {
      const site = makeSite(t, starter);
      await site.run(SHORT);
      const kept = path.join(site.execute, '.dir_1');
      writeFileSync(kept, JSON.stringify({ pid: 1, startTime: '0', bootId: '', pidNamespace: '' }));
      await site.start(SHORT).ended;
      assert.deepEqual(readdirSync(site.execute), ['.dir_1']);
    });
  });
}
