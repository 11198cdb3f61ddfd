/**
 * Named chroots as a job sees them, reported by jobs on the real kernel.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { skipIf } from '../support/need';
import { inventory, makeImage, MOUNT_POINTS } from './image';
import {
  type JobChanges,
  needsStage,
  ORDINARY,
  ROOT,
  setStage,
  type Stage,
  type Starter,
  STARTERS,
} from './stage';

const needed = { skip: skipIf(needsStage()) };

/** A stage with an image `el9` that the starter's user owns. */
interface ChrootStage extends Stage {
  readonly root: string;
  /** What puts a job into the image. */
  readonly chroot: JobChanges;
}

function setChrootStage(
  t: TestContext,
  starter: Starter,
  directories?: readonly string[],
): ChrootStage {
  const stage = setStage(t, starter);
  const root = `${stage.site}/image`;
  makeImage(root, directories);
  execFileSync('chown', ['-hR', `${starter.uid}:${starter.uid}`, root]);
  return {
    ...stage,
    root,
    chroot: {
      knobs: { NAMED_CHROOT: `el9=${root}`, MOUNT_UNDER_SCRATCH: '/tmp,/var/tmp' },
      ad: { RequestedChroot: '"el9"' },
    },
  };
}

/** The directories from the root down to a path: the only ones of the host's names in sight. */
function topOf(path: string): string {
  return path.split('/')[1] ?? '';
}

for (const starter of STARTERS) {
  describe(`a job in a chroot that ${starter.name} starts`, needed, () => {
    for (const [title, directories] of [
      ['that has all mount points', [...MOUNT_POINTS]],
      ['that has none', []],
    ] as const) {
      test(`sees the image ${title} and its own places, and leaves the image as it was`, async (t) => {
        const stage = setChrootStage(t, starter, directories);
        const before = inventory(stage.root);
        const lines = await stage.lines(
          `cat /etc/image; ls -x /
           ls -x /dev; echo x > /dev/null && echo null
           echo shm > /dev/shm/file && cat /dev/shm/file
           echo tmp > /tmp/file && cat "$_CONDOR_SCRATCH_DIR/tmp/file"
           test -e /proc/1/status && echo proc`,
          stage.chroot,
        );
        assert.equal(lines[0], 'the image');
        assert.deepEqual(
          new Set(lines[1]?.split(/\s+/)),
          new Set([
            ...fs.readdirSync(stage.root),
            'dev',
            'proc',
            'tmp',
            'var',
            topOf(stage.execute),
          ]),
        );
        assert.deepEqual(
          new Set(lines[2]?.split(/\s+/)),
          new Set([
            'fd',
            'full',
            'null',
            'random',
            'shm',
            'stderr',
            'stdin',
            'stdout',
            'tty',
            'urandom',
            'zero',
          ]),
        );
        assert.deepEqual(lines.slice(3), ['null', 'shm', 'tmp', 'proc']);
        assert.deepEqual(inventory(stage.root), before);
      });
    }

    test('has its sandbox at the same path, and is there where the image lacks its Iwd', async (t) => {
      const stage = setChrootStage(t, starter);
      const lines = await stage.lines(
        `pwd; echo "$_CONDOR_SCRATCH_DIR"; ls ${stage.execute}; ls -d ${stage.iwd} 2>&1; true`,
        stage.chroot,
      );
      assert.equal(lines[0], lines[1]);
      assert.equal(`${stage.execute}/${lines[2]}`, lines[1]);
      assert.match(lines[3] ?? '', /No such file or directory/);
    });

    test('keeps its Iwd where the image has that directory', async (t) => {
      const stage = setChrootStage(t, starter);
      const { knobs, ad } = stage.chroot;
      assert.deepEqual(
        await stage.lines('pwd', { knobs: knobs ?? {}, ad: { ...ad, Iwd: '"/etc"' } }),
        ['/etc'],
      );
    });

    test('writes its output where the host has it', async (t) => {
      const stage = setChrootStage(t, starter);
      const { knobs, ad } = stage.chroot;
      const result = await stage.run('echo from inside', {
        knobs: knobs ?? {},
        ad: { ...ad, Out: '"out"' },
      });
      assert.equal(result.status, 0, result.stderr);
      assert.equal(fs.readFileSync(`${stage.iwd}/out`, 'utf8'), 'from inside\n');
    });

    test('sees the mounts of its root only', async (t) => {
      const stage = setChrootStage(t, starter, []);
      const script = 'while read a b c d place rest; do echo $place; done < /proc/self/mountinfo';
      const places = new Set(await stage.lines(script, stage.chroot));
      assert.ok(places.has('/') && places.has('/proc') && places.has('/dev/null'));
      assert.ok(![...places].some((place) => place.startsWith(stage.root)), [...places].join('\n'));
      assert.ok(!places.has('/sys') && !places.has('/run'));
    });

    test('cannot be in an image that others can write', async (t) => {
      const stage = setChrootStage(t, starter);
      fs.chmodSync(stage.root, 0o777);
      const result = await stage.run('echo ran', stage.chroot);
      assert.equal(result.status, 125);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /the chroot "el9" is not safe: .* chmod go-w it/);
    });

    test('cannot be in an image that the site does not name', async (t) => {
      const stage = setChrootStage(t, starter);
      const result = await stage.run('echo ran', {
        ...stage.chroot,
        ad: { RequestedChroot: '"sl7"' },
      });
      assert.equal(result.status, 125);
      assert.match(
        result.stderr,
        /RequestedChroot names "sl7", which is no chroot here: this host has el9/,
      );
    });
  });
}

describe('a job in a chroot that root starts', needed, () => {
  test('opens no device node of the image', async (t) => {
    const stage = setChrootStage(t, ROOT);
    execFileSync('mknod', ['-m', '666', `${stage.root}/etc/zero`, 'c', '1', '5']);
    const lines = await stage.lines('ls /etc/zero; cat /etc/zero 2>&1; true', stage.chroot);
    assert.equal(lines[0], '/etc/zero');
    assert.match(lines[1] ?? '', /Permission denied/);
  });

  test('sees no process of another account, where it has no PID namespace', async (t) => {
    const stage = setChrootStage(t, ROOT);
    const lines = await stage.lines(
      'for p in /proc/[0-9]*; do stat -c %u $p 2>/dev/null; done; test -e /proc/1 || echo no init',
      { ...stage.chroot, knobs: { ...stage.chroot.knobs, USE_PID_NAMESPACES: 'false' } },
    );
    assert.equal(lines.at(-1), 'no init');
    assert.deepEqual(new Set(lines.slice(0, -1)), new Set(['65534']));
  });

  test('is put into an image that eyrie image has unpacked', async (t) => {
    const stage = setChrootStage(t, ROOT, []);
    const archive = `${stage.site}/image.tar.gz`;
    execFileSync('tar', ['-C', stage.root, '-czf', archive, '.']);
    const knobs = {
      NAMED_CHROOT_FILE: `${stage.site}/images`,
      IMAGE_DIRECTORY: `${stage.site}/unpacked`,
    };
    const added = await stage.eyrie('image', knobs, ['add', 'el9', archive]);
    assert.equal(added.status, 0, added.stderr);
    fs.rmSync(stage.root, { recursive: true });
    const lines = await stage.lines('cat /etc/image', {
      knobs,
      ad: { RequestedChroot: '"el9"' },
    });
    assert.deepEqual(lines, ['the image']);
    const removed = await stage.eyrie('image', knobs, ['remove', 'el9']);
    assert.equal(removed.status, 0, removed.stderr);
    assert.deepEqual(fs.readdirSync(`${stage.site}/unpacked`), []);
  });
});

describe('an ordinary user', needed, () => {
  test('keeps images of his own and runs jobs in them', async (t) => {
    const stage = setChrootStage(t, ORDINARY, []);
    const archive = `${stage.site}/image.tar`;
    execFileSync('tar', ['-C', stage.root, '-cf', archive, '.']);
    const knobs = {
      NAMED_CHROOT_FILE: `${stage.site}/images`,
      IMAGE_DIRECTORY: `${stage.site}/unpacked`,
    };
    const added = await stage.eyrie('image', knobs, ['add', 'mine', archive]);
    assert.equal(added.status, 0, added.stderr);
    const ad = { RequestedChroot: '"mine"' };
    assert.deepEqual(await stage.lines('cat /etc/image', { knobs, ad }), ['the image']);
    const removed = await stage.eyrie('image', knobs, ['remove', 'mine']);
    assert.equal(removed.stdout, `deleted: ${stage.site}/unpacked/mine\n`);
  });
});
