/**
 * MOUNT_READ_ONLY and HIDE_PATHS: trees that a job may read and not change, and what it shall not
 * see at all.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct());

/** The trees of these tests are below /var/tmp, of which a job has its own by default. */
const OPEN = { MOUNT_UNDER_SCRATCH: '"/tmp"' };

/** A directory of the site that everyone may write, with a file in it that everyone may write. */
function openTree(site: Site, name: string): string {
  const tree = path.join(site.directory, name);
  mkdirSync(path.join(tree, 'sub'), { recursive: true });
  for (const place of [tree, path.join(tree, 'sub')]) chmodSync(place, 0o777);
  writeFileSync(path.join(tree, 'file'), 'content\n');
  chmodSync(path.join(tree, 'file'), 0o666);
  return tree;
}

/** Tries to change what is at `$1`, and says what succeeded. */
const CHANGE = [
  'change() { echo x 2>/dev/null > $1/new && echo made; echo x 2>/dev/null >> $1/file && echo changed',
  'mkdir $1/dir 2>/dev/null && echo made; rm $1/file 2>/dev/null && echo removed; cat $1/file; }',
].join('; ');

for (const starter of STARTERS) {
  describe(`MOUNT_READ_ONLY of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('can be read and not changed, though its mode would let the job', async (t) => {
      const site = makeSite(t, starter);
      const tree = openTree(site, 'tree');
      const script = `${CHANGE}; change ${tree}; touch ${tree}/sub/x || echo closed`;
      const { stdout, stderr } = await site.run(shell(script), {
        knobs: { ...OPEN, MOUNT_READ_ONLY: `"${tree}"` },
      });
      assert.equal(stdout, 'content\nclosed\n');
      assert.match(stderr, /Read-only file system/);
      const without = await site.run(shell(`${CHANGE}; change ${tree}`), { knobs: OPEN });
      assert.match(without.stdout, /^made\nchanged\nmade\nremoved\n$/);
    });

    test('of the whole host leaves the job its sandbox, its /tmp and nothing else', async (t) => {
      const site = makeSite(t, starter);
      const script = [
        'touch $_CONDOR_SCRATCH_DIR/x && echo sandbox',
        'touch /tmp/x && echo tmp',
        'touch /dev/shm/x && echo shm',
        'echo x > /dev/null && echo null',
        `touch ${site.iwd}/x || echo iwd is closed`,
      ].join('; ');
      const { stdout } = await site.run(shell(script), {
        knobs: { ...OPEN, MOUNT_READ_ONLY: '"/"' },
      });
      assert.equal(stdout, 'sandbox\ntmp\nshm\nnull\niwd is closed\n');
    });

    test('holds for an Iwd in it that is bound back into a private directory', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await site.run(shell('touch x || echo closed'), {
        knobs: { MOUNT_READ_ONLY: `"${site.directory}"` },
      });
      assert.equal(stdout, 'closed\n');
    });

    test('holds for a tree in an Iwd that is bound back into a private directory', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(path.join(site.iwd, 'shared'), { mode: 0o755 });
      chmodSync(path.join(site.iwd, 'shared'), 0o777);
      const { stdout } = await site.run(
        shell('touch shared/x || echo closed; touch x && echo open'),
        {
          knobs: { MOUNT_READ_ONLY: `"${site.iwd}/shared"` },
        },
      );
      assert.equal(stdout, 'closed\nopen\n');
    });

    test('is an expression over the job ad, too', async (t) => {
      const site = makeSite(t, starter);
      const tree = openTree(site, 'tree');
      const { stdout } = await site.run(
        { ...shell(`touch ${tree}/x || echo closed`), Shared: tree },
        { knobs: { ...OPEN, MOUNT_READ_ONLY: 'strcat(Shared, "/")' } },
      );
      assert.equal(stdout, 'closed\n');
    });

    test('of what is not there is an error that names it: nothing runs', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run(shell('echo ran'), {
        knobs: { MOUNT_READ_ONLY: '"/no/such/tree"' },
      });
      assert.equal(status, 125);
      assert.match(stderr, /MOUNT_READ_ONLY: there is no \/no\/such\/tree here/);
    });
  });

  describe(`HIDE_PATHS of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('makes a directory empty and closed, and a file empty', async (t) => {
      const site = makeSite(t, starter);
      const tree = openTree(site, 'tree');
      const script = [
        `ls ${tree}/sub; cat ${tree}/file; ls ${tree}`,
        `chmod 777 ${tree}/sub; touch ${tree}/sub/x; rmdir ${tree}/sub; rm ${tree}/file`,
        `ls ${tree}; echo end`,
      ].join('; ');
      const { stdout, stderr } = await site.run(shell(script), {
        knobs: { ...OPEN, HIDE_PATHS: `"${tree}/sub, ${tree}/file"` },
      });
      assert.equal(stdout, 'file\nsub\nfile\nsub\nend\n');
      assert.match(stderr, /sub.*Permission denied/);
      assert.equal(readFileSync(path.join(tree, 'file'), 'utf8'), 'content\n');
    });

    test('covers what is in an Iwd that is bound back into a private directory', async (t) => {
      const site = makeSite(t, starter);
      writeFileSync(path.join(site.iwd, 'key'), 'secret\n', { mode: 0o644 });
      const { stdout, status } = await site.run(shell('cat key; ls'), {
        knobs: { HIDE_PATHS: `"${site.iwd}/key"` },
      });
      assert.equal(status, 0);
      assert.equal(stdout, 'key\n');
    });

    test('hides what the job may read otherwise, by whatever path it is named', async (t) => {
      const site = makeSite(t, starter);
      const tree = openTree(site, 'tree');
      const script = `cd ${tree}/sub; cat ../file ${tree}/../tree/file /proc/self/cwd/../file; echo end`;
      const { stdout } = await site.run(shell(script), {
        knobs: { ...OPEN, HIDE_PATHS: `"${tree}/file"` },
      });
      assert.equal(stdout, 'end\n');
    });

    test('of what is not there needs no hiding', async (t) => {
      const { status } = await makeSite(t, starter).run(shell('exit 0'), {
        knobs: { HIDE_PATHS: '"/no/such/file"' },
      });
      assert.equal(status, 0);
    });

    test('cannot hide what a job needs', async (t) => {
      const site = makeSite(t, starter);
      for (const place of ['/', '/proc', site.directory]) {
        const { status, stderr } = await site.run(shell('echo ran'), {
          knobs: { HIDE_PATHS: `"${place}"` },
        });
        assert.equal(status, 125);
        assert.match(stderr, /HIDE_PATHS: /);
      }
    });
  });
}

describe('MOUNT_READ_ONLY of a job of root', { skip: skip || skipIf(needsRoot()) }, () => {
  test('holds for file systems that are mounted in it, below each other', async (t) => {
    const site = makeSite(t, ROOT);
    const tree = openTree(site, 'tree');
    const mount = [
      `mount -t tmpfs -o mode=777 none ${tree}/sub && mkdir -m 777 ${tree}/sub/deep`,
      `mount -t tmpfs -o mode=777 none ${tree}/sub/deep && exec "$@"`,
    ].join(' && ');
    const { stdout } = await site.run(
      shell(`for d in . sub sub/deep; do touch ${tree}/$d/x || echo $d is closed; done`),
      {
        knobs: { ...OPEN, MOUNT_READ_ONLY: `"${tree}"` },
        before: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mount, 'sh'],
      },
    );
    assert.equal(stdout, '. is closed\nsub is closed\nsub/deep is closed\n');
  });
});
