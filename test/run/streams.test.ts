/**
 * The job's standard streams: host files, opened as the job, before anything covers them.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startCommand } from '../support/command';
import { needsProduct, skipIf } from '../support/need';
import { giveTo, JOB_UID, STARTERS } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct());

const TALK = shell('echo out; echo err >&2');
const read = (site: Site, name: string): string => readFileSync(path.join(site.iwd, name), 'utf8');

/** A file that the job's account owns. */
function file(site: Site, name: string, content = '', mode = 0o644): string {
  const place = path.join(site.iwd, name);
  writeFileSync(place, content);
  chmodSync(place, mode);
  giveTo(JOB_UID, place);
  return place;
}

function fifo(site: Site, name: string): string {
  const place = path.join(site.iwd, name);
  execFileSync('mkfifo', ['-m', '666', place]);
  return place;
}

/** Runs a job that has to be held for its stream, and gives the words. */
async function held(site: Site, ad: Ad, code: number, errno?: number): Promise<string> {
  const { status, stdout, stderr, result } = await site.run(ad);
  assert.equal(status, 125, stderr);
  assert.equal(stdout, '');
  assert.equal(result.HoldReasonCode, code, stderr);
  if (errno !== undefined) assert.equal(result.HoldReasonSubCode, errno, stderr);
  assert.equal(result.JobPid, undefined);
  return stderr;
}

for (const starter of STARTERS) {
  describe(`the output of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('goes to Out and Err, relative to Iwd, and belongs to the job', async (t) => {
      const site = makeSite(t, starter);
      const { stdout, stderr } = await site.run({ ...TALK, Out: 'o', Err: 'e' });
      assert.equal(stdout + stderr, '');
      assert.equal(read(site, 'o'), 'out\n');
      assert.equal(read(site, 'e'), 'err\n');
      const { uid, mode } = statSync(path.join(site.iwd, 'o'));
      assert.equal(uid, JOB_UID);
      assert.equal(mode & 0o777, 0o644);
    });

    test('goes to absolute paths, also below a directory that the job does not see', async (t) => {
      const site = makeSite(t, starter);
      const elsewhere = path.join(site.directory, 'elsewhere');
      mkdirSync(elsewhere);
      giveTo(JOB_UID, elsewhere);
      const { stdout } = await site.run({
        ...shell(`echo out; test -e ${elsewhere} && echo seen >&2`),
        Out: path.join(elsewhere, 'o'),
      });
      assert.equal(stdout, '');
      assert.equal(readFileSync(path.join(elsewhere, 'o'), 'utf8'), 'out\n');
    });

    test('is the caller’s own where the ad names none', async (t) => {
      const { stdout, stderr } = await makeSite(t, starter).run({ ...TALK, Out: '' });
      assert.equal(stdout, 'out\n');
      assert.equal(stderr, 'err\n');
    });

    test('that goes to one file twice is not written over', async (t) => {
      const site = makeSite(t, starter);
      const script = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';
      await site.run({ ...shell(script), Out: 'both', Err: 'both' });
      assert.equal(read(site, 'both'), 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
    });

    test('empties what was there; EraseOutputAndErrorOnRestart = false keeps it', async (t) => {
      const site = makeSite(t, starter);
      file(site, 'o', 'old, and longer than the new\n');
      await site.run({ ...TALK, Out: 'o', Err: '/dev/null' });
      assert.equal(read(site, 'o'), 'out\n');
      await site.run({ ...TALK, Out: 'o', EraseOutputAndErrorOnRestart: false });
      assert.equal(read(site, 'o'), 'out\nout\n');
    });

    test('goes to /dev/null', async (t) => {
      const { stdout, status } = await makeSite(t, starter).run({ ...TALK, Out: '/dev/null' });
      assert.equal(stdout, '');
      assert.equal(status, 0);
    });

    test('to the name of a descriptor is the caller’s, not one of eyrie-init’s', async (t) => {
      const site = makeSite(t, starter);
      const crossed = await site.run({ ...TALK, Out: '/dev/stderr', Err: '/proc/self/fd/1' });
      assert.equal(crossed.stdout, 'err\n');
      assert.equal(crossed.stderr, 'out\n');
      for (const number of [3, 4, 5, 6, 7]) {
        await held(site, { ...TALK, Out: `/proc/self/fd/${number}` }, 7);
      }
    });

    test('follows a link as far as the job’s own rights reach', async (t) => {
      const site = makeSite(t, starter);
      file(site, 'real');
      symlinkSync('real', path.join(site.iwd, 'link'));
      await site.run({ ...TALK, Out: 'link' });
      assert.equal(read(site, 'real'), 'out\n');

      const precious = path.join(site.directory, 'precious');
      writeFileSync(precious, 'untouched');
      symlinkSync(precious, path.join(site.iwd, 'trap'));
      assert.match(await held(site, { ...TALK, Out: 'trap' }, 7, 13), /trap as stdout/);
      assert.equal(readFileSync(precious, 'utf8'), 'untouched');
    });

    test('to a FIFO with a reader gets there', async (t) => {
      const site = makeSite(t, starter);
      const reader = openSync(fifo(site, 'pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
      t.after(() => closeSync(reader));
      const { status } = await site.run({ ...TALK, Out: 'pipe' });
      assert.equal(status, 0);
      const bytes = Buffer.alloc(64);
      assert.equal(bytes.toString('utf8', 0, readSync(reader, bytes)), 'out\n');
    });

    test('to a FIFO without a reader is hold 7 at once', async (t) => {
      const site = makeSite(t, starter);
      fifo(site, 'pipe');
      const words = await held(site, { ...TALK, Out: 'pipe' }, 7, 6);
      assert.match(words, /pipe as stdout.*a FIFO that nothing reads from/);
    });

    for (const [what, stream, make, errno, words] of [
      ['a directory', 'Out', (at: string) => mkdirSync(at), 21, /Is a directory/],
      ['a directory', 'Err', (at: string) => mkdirSync(at), 21, /place as stderr.*Is a directory/],
      [
        'a read-only file',
        'Out',
        (at: string) => writeFileSync(at, '', { mode: 0o444 }),
        13,
        /denied/,
      ],
      ['a link in circles', 'Err', (at: string) => symlinkSync('place', at), 40, /symbolic links/],
    ] as const) {
      test(`to ${what} as ${stream} is hold 7`, async (t) => {
        const site = makeSite(t, starter);
        make(path.join(site.iwd, 'place'));
        assert.match(await held(site, { ...TALK, [stream]: 'place' }, 7, errno), words);
      });
    }

    test('to a device or a socket is hold 7, which names what can be', async (t) => {
      const site = makeSite(t, starter);
      const words = await held(site, { ...TALK, Out: '/dev/zero' }, 7);
      assert.match(words, /\/dev\/zero.*a file, a FIFO, a terminal, or \/dev\/null/);
    });

    test('to a directory that does not exist is hold 7', async (t) => {
      const words = await held(makeSite(t, starter), { ...TALK, Out: 'no/such/o' }, 7, 2);
      assert.match(words, /no\/such\/o as stdout/);
    });

    test('that cannot go to Err leaves Out as it was, for nothing ran', async (t) => {
      const site = makeSite(t, starter);
      await held(site, { ...TALK, Out: 'o', Err: 'no/such/e' }, 7, 2);
      assert.equal(existsSync(path.join(site.iwd, 'o')) ? read(site, 'o') : '', '');
    });
  });

  describe(`the input of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    const CAT = shell('cat; echo end');

    test('is In, relative to Iwd', async (t) => {
      const site = makeSite(t, starter);
      file(site, 'in', 'line\n', 0o400);
      assert.equal((await site.run({ ...CAT, In: 'in' })).stdout, 'line\nend\n');
    });

    test('is nothing where the ad names none, even where the caller has some', async (t) => {
      const { stdout } = await makeSite(t, starter).run(CAT, { input: 'the caller’s' });
      assert.equal(stdout, 'end\n');
    });

    test('is read where it lies, though the job has its own /tmp there', async (t) => {
      const site = makeSite(t, starter);
      const place = path.join(site.directory, 'in');
      writeFileSync(place, 'line\n');
      const script = `cat; test -e ${place} || echo not seen`;
      const { stdout } = await site.run({ ...shell(script), In: place });
      assert.equal(stdout, 'line\nnot seen\n');
    });

    test('from a FIFO with a writer lasts as long as that one writes', async (t) => {
      const site = makeSite(t, starter);
      const writer = startCommand([
        'sh',
        '-c',
        `exec > ${fifo(site, 'pipe')}; sleep 0.3; echo late`,
      ]);
      const { stdout } = await site.run({ ...CAT, In: 'pipe' });
      assert.equal(stdout, 'late\nend\n');
      await writer.ended;
    });

    test('from a FIFO without a writer is hold 8 at once', async (t) => {
      const site = makeSite(t, starter);
      fifo(site, 'pipe');
      const words = await held(site, { ...CAT, In: 'pipe' }, 8, 6);
      assert.match(words, /pipe as stdin.*a FIFO that nothing writes to/);
    });

    for (const [what, name, errno] of [
      ['is missing', 'no-such-file', 2],
      ['is a directory', '.', 21],
    ] as const) {
      test(`that ${what} is hold 8`, async (t) => {
        const words = await held(makeSite(t, starter), { ...CAT, In: name }, 8, errno);
        assert.match(words, /as stdin/);
      });
    }

    test('that only root can read is hold 8', async (t) => {
      const site = makeSite(t, starter);
      const secret = path.join(site.directory, 'secret');
      writeFileSync(secret, 'root’s', { mode: 0o600 });
      await held(site, { ...CAT, In: secret }, 8, 13);
      symlinkSync(secret, path.join(site.iwd, 'link'));
      await held(site, { ...CAT, In: 'link' }, 8, 13);
    });
  });
}
