/**
 * Full file systems, and one that is read-only: of EXECUTE, of the log, of the result.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

/**
 * Runs a command where a directory is a tmpfs of this size, which only the command sees, and lists
 * what is in there afterwards.
 *
 * @param fill filled to the last byte beforehand
 */
function withSmallDisk(
  site: Site,
  directory: string,
  size: string,
  fill = false,
): readonly string[] {
  mkdirSync(directory, { recursive: true });
  const owner = `uid=${site.starter.uid},gid=${site.starter.uid}`;
  const script = [
    `mount -t tmpfs -o size=${size},mode=755,${owner} none ${directory}`,
    fill ? `dd if=/dev/zero of=${directory}/filler bs=4k 2>/dev/null` : ':',
    '"$@"',
    'code=$?',
    `ls -A ${directory} > ${site.directory}/after`,
    'exit $code',
  ];
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script.join('\n'), 'sh'];
}

const after = (site: Site): string => readFileSync(path.join(site.directory, 'after'), 'utf8');

for (const starter of STARTERS) {
  describe(`on a full disk, a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('that fills its sandbox has its result and leaves nothing', async (t) => {
      const site = makeSite(t, starter);
      const fill = 'cd $_CONDOR_SCRATCH_DIR; cat /dev/zero > a; cat /dev/zero > /tmp/b; exit 3';
      const { status, stderr, result } = await site.run(shell(fill), {
        before: withSmallDisk(site, site.execute, '1m'),
      });
      assert.equal(status, 3);
      assert.match(stderr, /^(cat: .*No space left on device\n){2}$/);
      assert.equal(result.ExitCode, 3);
      assert.ok(Number(result.DiskUsage) > 900, String(result.DiskUsage));
      assert.equal(after(site), '');
    });

    test('does not start where there is no room for its sandbox; nothing is left', async (t) => {
      const site = makeSite(t, starter);
      const { status, stdout, stderr, result } = await site.run(shell('echo ran'), {
        before: withSmallDisk(site, site.execute, '64k', true),
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`${site.execute}/.*no space left`, 'i'));
      assert.equal(result.HoldReasonCode, 6);
      assert.equal(after(site), 'filler\n');
    });

    test('does not start where EXECUTE cannot be written at all', async (t) => {
      const site = makeSite(t, starter);
      const { status, stdout, stderr } = await site.run(shell('echo ran'), {
        before: withSmallDisk(site, site.execute, '64k,ro'),
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`${site.execute}/.*read-only file system`, 'i'));
      assert.doesNotMatch(stderr, /bug/);
    });

    test('runs where the log is full', async (t) => {
      const site = makeSite(t, starter);
      const logs = path.dirname(site.log);
      const { status, stdout, result } = await site.run(shell('echo ran; exit 3'), {
        before: withSmallDisk(site, logs, '64k', true),
      });
      assert.equal(stdout, 'ran\n');
      assert.equal(status, 3);
      assert.equal(result.ExitCode, 3);
    });

    test('is told where its result has no room; no part of one is left', async (t) => {
      const site = makeSite(t, starter);
      const results = path.join(site.directory, 'results');
      const { status, stdout, stderr } = await site.run(shell('echo ran'), {
        before: withSmallDisk(site, results, '64k', true),
        resultFile: path.join(results, 'result'),
      });
      assert.equal(stdout, 'ran\n');
      assert.equal(status, 125);
      assert.match(stderr, new RegExp(`^eyrie run: .*${results}/result.*no space left`, 'i'));
      assert.equal(after(site), 'filler\n');
    });

    test('that fills the disk of its Iwd can still be cleared away', async (t) => {
      const site = makeSite(t, starter);
      const place = path.join(site.directory, 'work');
      mkdirSync(place);
      giveTo(starter.uid, place);
      const disk = withSmallDisk(site, place, '64k').map((word) =>
        word.replace('mode=755', 'mode=777'),
      );
      const { status } = await site.run(
        { ...shell('cat /dev/zero > all; exit 4'), Iwd: place },
        { before: disk },
      );
      assert.equal(status, 4);
      assert.deepEqual(readdirSync(place), []);
      assert.equal(after(site), 'all\n');
    });
  });
}
