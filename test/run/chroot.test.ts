/**
 * NAMED_CHROOT and RequestedChroot: a job in an image, with its sandbox and places of its own in it,
 * and nothing else of the host.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { runEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { JOB_UID, ROOT, type Starter, STARTERS } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeImage, MOUNT_POINTS } from './support/image';
import { makeSite, type RunOptions, type Site, type TestEnd } from './support/site';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

/** A site with an image that jobs call `small`. */
interface ImageSite extends Site {
  readonly image: string;
  /** Runs a job in the image. */
  runInside(ad: Ad, more?: RunOptions): ReturnType<Site['run']>;
}

function makeImageSite(t: TestEnd, starter: Starter, mountPoints: readonly string[]): ImageSite {
  const site = makeSite(t, starter);
  const image = path.join(site.directory, 'images/small');
  makeImage(image);
  for (const place of mountPoints) mkdirSync(path.join(image, place), { recursive: true });
  site.configure(`NAMED_CHROOT = other=/, small=${image}`);
  return {
    ...site,
    image,
    runInside: (ad, more) => site.run({ RequestedChroot: 'small', ...ad }, more),
  };
}

/** Every file of a tree with its type, mode, owner, size and times. */
const inventory = (tree: string): string =>
  execFileSync('find', [tree, '-printf', '%P %y %m %U %s %T@ %C@ %l\\n'], { encoding: 'utf8' });

for (const starter of STARTERS) {
  for (const [what, mountPoints] of [
    ['has all mount points', MOUNT_POINTS],
    ['lacks mount points', []],
    ['has some mount points', ['dev', 'var']],
  ] as const) {
    describe(`a job of ${starter.name} in an image that ${what}`, { skip, concurrency: 2 }, () => {
      test('sees the image, its own places, and nothing else of the host', async (t) => {
        const site = makeImageSite(t, starter, mountPoints);
        const { stdout, stderr } = await site.runInside(
          shell('cat /etc/image; ls /; ls /etc /var/tmp; ls -d /home /root /run'),
        );
        assert.equal(
          stdout,
          [
            ...['image', 'bin', 'dev', 'etc', 'lib', 'lib64', 'proc', 'tmp', 'usr', 'var'],
            ...['/etc:', 'image', '', '/var/tmp:', path.basename(site.directory), ''],
          ].join('\n'),
        );
        assert.match(stderr, /\/home.*No such file[^]*\/root.*No such file[^]*\/run.*No such file/);
      });

      test('leaves the image as it is', async (t) => {
        const site = makeImageSite(t, starter, mountPoints);
        const before = inventory(site.image);
        const { status } = await site.runInside(
          shell('touch /tmp/x /etc/x /x /usr/bin/x /dev/x /proc/x; mkdir /y; exit 0'),
        );
        assert.equal(status, 0);
        assert.equal(inventory(site.image), before);
      });

      test('has its sandbox at the sandbox’s own path, and can write there', async (t) => {
        const site = makeImageSite(t, starter, mountPoints);
        const { stdout } = await site.runInside(
          shell('cd $_CONDOR_SCRATCH_DIR; pwd; stat -c "%a %u" .; cat .job.ad >x; ls -A ..; ls x'),
        );
        const [place, facts, only, made] = stdout.split('\n');
        assert.match(place ?? '', new RegExp(`^${site.execute}/dir_\\d+$`));
        assert.equal(facts, `700 ${JOB_UID}`);
        assert.equal(only, path.basename(place ?? ''));
        assert.equal(made, 'x');
      });

      test('starts in its sandbox, since the image lacks its Iwd', async (t) => {
        const { stdout } = await makeImageSite(t, starter, mountPoints).runInside(
          shell('test "$(pwd -P)" = "$_CONDOR_SCRATCH_DIR" && echo there'),
        );
        assert.equal(stdout, 'there\n');
      });

      test('has devices that work, and a shared memory of its own', async (t) => {
        const { stdout, stderr } = await makeImageSite(t, starter, mountPoints).runInside(
          shell(
            [
              'ls /dev; stat -c %a /dev/shm',
              'echo x > /dev/null && echo null; read l < /dev/null || echo end',
              'for n in null zero full random urandom tty; do test -c /dev/$n || echo no $n; done; cat /etc/image > /dev/full || echo full; touch /dev/shm/x && echo shm',
            ].join('; '),
          ),
        );
        assert.equal(
          stdout.replaceAll('\n', ' '),
          'fd full null random shm stderr stdin stdout tty urandom zero 1777 null end full shm ',
        );
        assert.match(stderr, /No space left on device/);
      });

      test('finds its standard streams in /dev', async (t) => {
        const site = makeImageSite(t, starter, mountPoints);
        writeFileSync(path.join(site.iwd, 'in'), 'line\n');
        await site.runInside({
          ...shell('cat /dev/stdin >> /dev/stdout; echo err >> /dev/stderr'),
          ...{ In: 'in', Out: 'out', Err: 'err' },
        });
        assert.equal(readFileSync(path.join(site.iwd, 'out'), 'utf8'), 'line\n');
        assert.equal(readFileSync(path.join(site.iwd, 'err'), 'utf8'), 'err\n');
      });

      test('has a /proc of its own', async (t) => {
        const { stdout } = await makeImageSite(t, starter, mountPoints).runInside(
          shell('cd /proc; echo [0-9]*; cat 1/comm self/comm; ls 1/root 2>/dev/null'),
        );
        assert.match(stdout, /^1 2\neyrie-init\ncat\n$/);
      });

      test('has a /tmp of its own, in its sandbox', async (t) => {
        const { stdout } = await makeImageSite(t, starter, mountPoints).runInside(
          shell('stat -c %a /tmp /var/tmp; echo x > /tmp/x; cat $_CONDOR_SCRATCH_DIR/tmp/x'),
        );
        assert.equal(stdout, '1777\n1777\nx\n');
      });
    });
  }

  describe(`a job of ${starter.name} that asks for a chroot`, { skip, concurrency: 2 }, () => {
    test('starts in its Iwd where the image has it', async (t) => {
      const site = makeImageSite(t, starter, MOUNT_POINTS);
      mkdirSync(path.join(site.image, 'work/here'), { recursive: true });
      const { stdout } = await site.runInside({ ...shell('pwd'), Iwd: '/work/here' });
      assert.equal(stdout, '/work/here\n');
    });

    test('has its streams on the host all the same', async (t) => {
      const site = makeImageSite(t, starter, []);
      writeFileSync(path.join(site.iwd, 'in'), 'from the host\n');
      const { stdout } = await site.runInside({ ...shell('cat'), In: 'in' });
      assert.equal(stdout, 'from the host\n');
    });

    test('runs programs of the image, not of the host', async (t) => {
      const site = makeImageSite(t, starter, []);
      const { status, stderr } = await site.runInside({ Cmd: '/usr/bin/env' });
      assert.equal(status, 127);
      assert.ok(stderr.includes(`the job's root directory is ${site.image}`), stderr);
    });

    test('has the host’s tree where the name stands for /', async (t) => {
      const { stdout } = await makeImageSite(t, starter, []).runInside({
        ...shell('test -e /etc/passwd && echo host'),
        RequestedChroot: 'other',
      });
      assert.equal(stdout, 'host\n');
    });

    test('by a name that nobody knows is held, and told the names that are known', async (t) => {
      const { status, stderr, result } = await makeImageSite(t, starter, []).runInside({
        ...shell('echo ran'),
        RequestedChroot: 'large',
      });
      assert.equal(status, 125);
      assert.match(stderr, /"large", which is no chroot here: this host has other, small/);
      assert.equal(result.HoldReasonCode, 6);
    });

    test('finds the images that eyrie image keeps', async (t) => {
      const site = makeImageSite(t, starter, []);
      const as = starter.uid === ROOT.uid ? {} : { uid: starter.uid };
      const words = ['image', 'add', '-c', site.configFile, 'kept', site.image];
      const added = await runEyrie(words, as);
      assert.equal(added.status, 0, added.stderr);
      const { stdout } = await site.run({ ...shell('cat /etc/image'), RequestedChroot: 'kept' });
      assert.equal(stdout, 'image\n');
    });

    test('has read-only and hidden places in the image, too', async (t) => {
      const site = makeImageSite(t, starter, MOUNT_POINTS);
      mkdirSync(path.join(site.image, 'open'));
      chmodSync(path.join(site.image, 'open'), 0o777);
      const { stdout } = await site.runInside(
        shell('touch /open/x || echo closed; cat /etc/image'),
        {
          knobs: {
            MOUNT_READ_ONLY: `"${site.image}/open"`,
            HIDE_PATHS: `"${site.image}/etc/image"`,
          },
        },
      );
      assert.equal(stdout, 'closed\n');
    });
  });

  describe(
    `an image that is not safe for a job of ${starter.name}`,
    { skip, concurrency: 2 },
    () => {
      for (const [what, spoil, words] of [
        ['group-writable', ({ image }: ImageSite) => chmodSync(image, 0o775), /written by others/],
        [
          'writable in a directory that programs come from',
          ({ image }: ImageSite) => chmodSync(path.join(image, 'usr'), 0o757),
          /small\/usr can be written by others/,
        ],
        ['somebody else’s', ({ image }: ImageSite) => chownSync(image, 54321, 54321), /uid 54321/],
        [
          'below a directory that others can write',
          ({ image }: ImageSite) => chmodSync(path.dirname(image), 0o777),
          /can be written by others/,
        ],
        [
          'reached through a link',
          ({ image }: ImageSite) => {
            renameSync(image, `${image}-real`);
            symlinkSync('small-real', image);
          },
          /is a symbolic link/,
        ],
        ['missing', ({ image }: ImageSite) => renameSync(image, `${image}-x`), /does not exist/],
      ] as const) {
        test(`since it is ${what} is refused`, async (t) => {
          const site = makeImageSite(t, starter, MOUNT_POINTS);
          spoil(site);
          const { status, stdout, stderr } = await site.runInside(shell('echo ran'));
          assert.equal(status, 125);
          assert.equal(stdout, '');
          assert.match(stderr, /NAMED_CHROOT: the chroot "small" is not safe: /);
          assert.match(stderr, words);
        });
      }
    },
  );
}

describe('a job of root in an image, without a PID namespace,', { skip }, () => {
  test('sees in /proc what is of its account, and no more', async (t) => {
    const site = makeImageSite(t, ROOT, MOUNT_POINTS);
    const { stdout, stderr } = await site.runInside(
      shell('test -e /proc/1 || echo shy; cat /proc/$$/comm'),
      {
        knobs: { USE_PID_NAMESPACES: 'false' },
      },
    );
    assert.equal(stdout, 'shy\nsh\n', stderr);
  });
});

describe('an image of an ordinary user', { skip }, () => {
  test('serves his own jobs and not those of root', async (t) => {
    for (const starter of STARTERS) {
      const site = makeImageSite(t, starter, []);
      execFileSync('chown', ['-R', `${JOB_UID}`, site.image]);
      const { stdout, status } = await site.runInside(shell('cat /etc/image'));
      assert.equal(stdout, starter.uid === ROOT.uid ? '' : 'image\n');
      assert.equal(status, starter.uid === ROOT.uid ? 125 : 0);
    }
  });
});
