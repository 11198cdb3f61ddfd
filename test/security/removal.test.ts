/**
 * Removing a sandbox that somebody with the job's uid still changes from outside, and one that cannot be
 * removed yet.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { removeTree } from '../../src/kernel/tree';
import { makeSite } from '../run/support/site';
import { shell } from '../run/support/ads';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';

const skip = skipIf(needsProduct() ?? needsRoot());

/** More than eyrie-tree has open at once. */
const DEPTH = 60;
/** So many that their removal takes a while. */
const FILES = 20_000;

describe('a tree that is moved while it is removed', { skip }, () => {
  test('is removed all the same', async (t) => {
    const parent = temporaryDirectory(t);
    const upper = path.join(parent, 'top', ...Array<string>(10).fill('d'));
    const leaf = path.join(upper, ...Array<string>(DEPTH - 10).fill('d'));
    mkdirSync(leaf, { recursive: true });
    for (let i = 0; i < FILES; i += 1) closeSync(openSync(path.join(leaf, `${i}`), 'w'));
    const removal = removeTree(parent, 'top');
    // The helper is at the bottom now; its way up is by "..".
    while (readdirSync(leaf).length === FILES);
    renameSync(upper, path.join(parent, 'top/moved'));
    const removed = await removal;
    assert.ok(removed.ok, removed.ok ? '' : removed.error.message);
    assert.deepEqual(readdirSync(parent), []);
  });
});

for (const starter of STARTERS) {
  describe(`a sandbox of ${starter.name} that cannot be removed`, { skip }, () => {
    test('is removed by a later starter, when it can be', async (t) => {
      const site = makeSite(t, starter);
      const running = site.start(
        shell('mkdir "$_CONDOR_SCRATCH_DIR/busy"; echo made; exec sleep 600'),
      );
      await running.said('made');
      const [name = ''] = site.sandboxes();
      const busy = path.join(site.execute, name, 'busy');
      execFileSync('mount', ['-t', 'tmpfs', 'busy', busy]);
      try {
        running.process.kill('SIGTERM');
        await running.ended;
        assert.deepEqual(site.sandboxes(), [name]);
      } finally {
        execFileSync('umount', [busy]);
      }
      await site.start(shell('exit 0')).ended;
      await waitUntil(
        () => readdirSync(site.execute).length === 0,
        () => `EXECUTE to be empty: ${readdirSync(site.execute).join(' ')}`,
      );
    });
  });
}
