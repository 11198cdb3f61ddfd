/**
 * Streams of a job that name a file in the sandbox of another job with the same uid: by path, and
 * by a link outside. Streams are opened before the job's own tree is made.
 */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setScene } from '../breakout/attack';
import { shell } from '../run/support/ads';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';

const skip = skipIf(needsProduct() ?? needsRoot());

for (const starter of STARTERS) {
  describe(`a stream of a job of ${starter.name}`, { skip }, () => {
    test('reaches no file in the sandbox of another job', async (t) => {
      const scene = setScene(t, starter);
      const victim = scene.start(
        shell('cd $_CONDOR_SCRATCH_DIR; echo secret > proxy; pwd; sleep 600'),
      );
      t.after(() => victim.process.kill('SIGKILL'));
      await victim.said('\n');
      const proxy = `${victim.stdout().trim()}/proxy`;
      symlinkSync(proxy, `${scene.iwd}/link`);

      for (const stream of [{ In: proxy }, { In: 'link' }, { Out: proxy }, { Err: 'link' }]) {
        const thief = await scene.start({ ...shell('cat; echo ran >&2'), ...stream }).ended;
        assert.equal(thief.status, 125, JSON.stringify(stream));
        assert.match(thief.stderr, /No such file or directory/);
        assert.equal(thief.stdout, '');
      }
      assert.equal(readFileSync(proxy, 'utf8'), 'secret\n');
    });
  });
}
