/**
 * The job's initial working directory.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { newSyntax, oldSyntax, shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());
const WHERE = shell('pwd -P');

for (const starter of STARTERS) {
  describe(`the Iwd of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is where the job starts, and where it can write', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await site.run({ Iwd: site.iwd, ...shell('pwd; echo x > made; ls') });
      assert.equal(stdout, `${site.iwd}\nmade\n`);
    });

    test('is the caller’s working directory where the ad has none', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await site.run({}, { text: oldSyntax(WHERE), cwd: site.iwd });
      assert.equal(stdout, `${site.iwd}\n`);
    });

    test('may be relative to the caller’s working directory', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(path.join(site.iwd, 'sub'));
      const text = newSyntax({ ...WHERE, Iwd: 'sub' });
      assert.equal((await site.run({}, { text, cwd: site.iwd })).stdout, `${site.iwd}/sub\n`);
    });

    test('may be reached through a link', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(path.join(site.directory, 'real'));
      symlinkSync('real', path.join(site.directory, 'link'));
      const { stdout } = await site.run({ ...WHERE, Iwd: `${site.directory}/link` });
      assert.equal(stdout, `${site.directory}/real\n`);
    });

    for (const [what, make, errno, words] of [
      ['does not exist', () => undefined, 2, /No such file or directory/],
      ['is a file', (place: string) => writeFileSync(place, ''), 20, /Not a directory/],
      [
        'is closed to the account of the job',
        (place: string) => mkdirSync(place, { mode: 0o700 }),
        13,
        /Permission denied/,
      ],
    ] as const) {
      for (const [where, parent] of [
        ['in a directory that the job has for itself', 'site'],
        ['in the host’s tree', 'host'],
      ] as const) {
        test(`that ${what}, ${where}, is hold 14`, async (t) => {
          const site = makeSite(t, starter);
          const knobs = parent === 'host' ? { MOUNT_UNDER_SCRATCH: '""' } : {};
          const place = path.join(site.directory, 'place');
          make(place);
          const { status, stderr, stdout, result } = await site.run(
            { ...shell('echo ran'), Iwd: place },
            { knobs },
          );
          assert.equal(status, 125);
          assert.equal(stdout, '');
          assert.match(stderr, words);
          assert.ok(stderr.includes(place), stderr);
          assert.deepEqual([result.HoldReasonCode, result.HoldReasonSubCode], [14, errno]);
        });
      }
    }

    test('below a directory that is closed to the job is hold 14', async (t) => {
      const site = makeSite(t, starter);
      const inside = path.join(site.directory, 'closed/inside');
      mkdirSync(inside, { recursive: true });
      chmodSync(path.dirname(inside), 0o700);
      const { result } = await site.run({ ...shell('echo ran'), Iwd: inside });
      assert.deepEqual([result.HoldReasonCode, result.HoldReasonSubCode], [14, 13]);
    });
  });
}
