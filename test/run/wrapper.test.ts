/**
 * USER_JOB_WRAPPER by hand: a program of the site in the place of every job, on the host and in an
 * image.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeImage, MOUNT_POINTS } from './support/image';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

/** Test sites are in /var/tmp, which no job has by default. */
const configured = (wrapper: string): string =>
  `MOUNT_UNDER_SCRATCH = /tmp\nUSER_JOB_WRAPPER = ${wrapper}`;

/** Fails where the job's command line says so; a job that it runs has a variable. */
const WRAPPER = `#!/bin/sh
case "$*" in
  *to-fail*) echo 'no licence' >"$_CONDOR_WRAPPER_ERROR_FILE"; exit 0;;
  *to-hide*) ln -s /etc/hostname "$_CONDOR_WRAPPER_ERROR_FILE"; exit 0;;
esac
WRAPPED=yes exec "$@"\n`;

function putWrapper(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const place = path.join(directory, 'wrapper');
  writeFileSync(place, WRAPPER, { mode: 0o755 });
  return place;
}

for (const starter of STARTERS) {
  describe(`the wrapper of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test("executes the job, whose exit status is the wrapper's", async (t) => {
      const site = makeSite(t, starter);
      site.configure(configured(putWrapper(path.join(site.directory, 'bin'))));
      const { stdout, status } = await site.run(shell('echo "$WRAPPED"; exit 3'));
      assert.deepEqual([stdout, status], ['yes\n', 3]);
    });

    for (const [word, why] of [
      ['to-fail', /The job wrapper failed to execute the job: no licence/],
      ['to-hide', /The job wrapper failed to execute the job: \(cannot read why: Invalid cross/],
    ] as const) {
      test(`says that it cannot run the job, with ${word}`, async (t) => {
        const site = makeSite(t, starter);
        site.configure(configured(putWrapper(path.join(site.directory, 'bin'))));
        const { stdout, stderr, result } = await site.run(shell(`echo ran; : ${word}`));
        assert.equal(stdout, '');
        assert.match(stderr, why);
        assert.equal(result.HoldReasonCode, 6);
      });
    }

    test('keeps the job from running where it is missing', async (t) => {
      const site = makeSite(t, starter);
      site.configure('USER_JOB_WRAPPER = /no/wrapper');
      const { stdout, stderr } = await site.run(shell('echo ran'));
      assert.equal(stdout, '');
      assert.match(stderr, /USER_JOB_WRAPPER: \/no\/wrapper does not exist/);
    });
  });
}

describe('the wrapper of a job in an image', { skip: skip || skipIf(needsRoot()) }, () => {
  test('is the one of the image', async (t) => {
    const site = makeSite(t, ROOT);
    const image = path.join(site.directory, 'images/small');
    makeImage(image);
    for (const place of MOUNT_POINTS) mkdirSync(path.join(image, place), { recursive: true });
    site.configure(`NAMED_CHROOT = small=${image}\nUSER_JOB_WRAPPER = /wrap/wrapper`);
    const job = { RequestedChroot: 'small', ...shell('echo "$WRAPPED"') };
    const without = await site.run(job);
    assert.equal(without.stdout, '');
    assert.match(without.stderr, /USER_JOB_WRAPPER: cannot .*\/wrap\/wrapper.*root directory is/);
    putWrapper(path.join(image, 'wrap'));
    assert.equal((await site.run(job)).stdout, 'yes\n');
  });
});
