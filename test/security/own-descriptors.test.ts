/**
 * Paths of a job's ad that name the descriptors of whoever opens them: /proc/self/fd/N. Until the
 * job's exec that is eyrie-init, which holds directories outside the job's tree and the pipes between
 * itself and the starter.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { makeImage } from '../plan/image';
import { shell } from '../run/support/ads';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, STARTERS } from '../support/starters';
import { type Site, makeSite } from '../run/support/site';

const skip = skipIf(needsProduct() ?? needsRoot());

/** More than a launch opens; the lowest are those of native/launch.h. */
const DESCRIPTORS = Array.from({ length: 24 }, (_, index) => index + 3);

/** Of the plan, and of init's pipes. */
const PIPES_AND_PLAN = DESCRIPTORS.slice(0, 5);

/** The names that a job sees when it goes up from its Iwd as far as it can, and the root it finds. */
const LOOK_UP = 'echo ran; ls -a . .. ../.. ../../.. ../../../..; cat ../../../../../../etc/image';

function setImage(site: Site): string {
  const image = `${site.directory}/image`;
  makeImage(image);
  for (const part of ['', '/etc', '/usr', '/lib', '/lib64']) {
    giveTo(site.starter.uid, image + part);
  }
  return image;
}

for (const starter of STARTERS) {
  describe(`a job of ${starter.name}`, { skip }, () => {
    test('gets no descriptor of its init as Iwd: it stays in its chroot', async (t) => {
      const site = makeSite(t, starter);
      const knobs = { NAMED_CHROOT: `image=${setImage(site)}` };
      for (const descriptor of DESCRIPTORS) {
        const ad = {
          ...shell(LOOK_UP),
          Iwd: `/proc/self/fd/${descriptor}`,
          RequestedChroot: 'image',
        };
        const { stdout, stderr } = await site.run(ad, { knobs });
        const seen = stdout.split('\n');
        if (seen[0] === 'ran') assert.equal(seen.at(-2), 'the image', ad.Iwd);
        else assert.match(stderr, /cannot go to the directory/, ad.Iwd);
      }
    });

    test('gets no descriptor of its init as Iwd: it sees no other sandbox', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(`${site.execute}/dir_of_another`, { recursive: true });
      giveTo(starter.uid, site.execute);
      for (const descriptor of DESCRIPTORS) {
        const iwd = `/proc/self/fd/${descriptor}`;
        const running = site.start({ ...shell(LOOK_UP), Iwd: iwd });
        const { stdout } = await running.ended;
        assert.doesNotMatch(stdout, /dir_of_another/, iwd);
      }
    });

    test('gets neither the plan nor the pipes of its init as standard streams', async (t) => {
      const site = makeSite(t, starter);
      for (const descriptor of PIPES_AND_PLAN) {
        for (const stream of ['In', 'Out', 'Err']) {
          const path = `/proc/self/fd/${descriptor}`;
          const { status, stdout, stderr } = await site.run({
            ...shell('echo ran'),
            [stream]: path,
          });
          assert.equal(status, 125, `${stream} = ${path}: ${stderr}`);
          assert.match(stderr, /cannot open \/proc\/self\/fd/);
          assert.equal(stdout, '');
        }
      }
    });

    test('writes its output to no file of /proc, which would be its init', async (t) => {
      const site = makeSite(t, starter);
      for (const file of ['mem', 'oom_score_adj', 'timerslack_ns', 'attr/current']) {
        const { status, stderr } = await site.run({
          ...shell('echo 1'),
          Out: `/proc/self/${file}`,
        });
        assert.equal(status, 125, file);
        assert.match(stderr, /cannot open \/proc\/self\//, file);
      }
    });

    test('may read a file of /proc', async (t) => {
      const { status, stdout } = await makeSite(t, starter).run({
        Cmd: '/bin/cat',
        In: '/proc/version',
      });
      assert.equal(status, 0);
      assert.match(stdout, /^Linux version/);
    });
  });
}
