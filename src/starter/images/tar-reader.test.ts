import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { tarOf, withChecksum } from '../../../test/images/tar-writer';
import { temporaryDirectory } from '../../../test/support/temporary';
import { readTar, TarError } from './tar-reader';

interface Seen {
  readonly type: string;
  readonly path: string;
  readonly link: string;
  readonly content: string;
}

/** Reads an archive that comes in pieces of a size. */
async function read(archive: Buffer, pieceSize = archive.length): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const entry of readTar(pieces(archive, pieceSize))) {
    const parts: Buffer[] = [];
    for await (const part of entry.content) parts.push(part);
    const { type, path, linkTarget: link } = entry;
    seen.push({ type, path, link, content: Buffer.concat(parts).toString() });
  }
  return seen;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that is ready at once
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const LONG = 'directory-with-a-name-of-forty-characters'.repeat(2);

/** A tree that needs what each format has for long names, and the archive that tar(1) makes of it. */
function archiveBy(format: string, directory: string): Buffer {
  const deep = `${directory}/tree/${LONG}/${LONG}/${LONG}`;
  fs.mkdirSync(deep, { recursive: true });
  fs.writeFileSync(`${deep}/file`, 'deep');
  fs.writeFileSync(`${directory}/tree/empty`, '');
  fs.writeFileSync(`${directory}/tree/block`, 'x'.repeat(512));
  fs.symlinkSync(`${LONG}/${LONG}`, `${directory}/tree/link`);
  fs.linkSync(`${directory}/tree/block`, `${directory}/tree/other`);
  const args = ['-C', `${directory}/tree`, `--format=${format}`, '--sort=name', '-cf', '-', '.'];
  const made = spawnSync('tar', args, { maxBuffer: 2 ** 24 });
  assert.equal(made.status, 0, made.stderr.toString());
  return made.stdout;
}

describe('readTar()', () => {
  for (const format of ['gnu', 'oldgnu', 'posix']) {
    test(`reads what tar --format=${format} writes, long names and links too`, async (t) => {
      const seen = await read(archiveBy(format, temporaryDirectory(t)), 1000);
      const byPath = new Map(seen.map((entry) => [entry.path, entry]));
      assert.equal(byPath.get(`./${LONG}/${LONG}/${LONG}/file`)?.content, 'deep');
      assert.equal(byPath.get('./empty')?.content, '');
      assert.equal(byPath.get('./block')?.content, 'x'.repeat(512));
      assert.deepEqual(byPath.get('./link'), {
        type: 'symbolic link',
        path: './link',
        link: `${LONG}/${LONG}`,
        content: '',
      });
      assert.equal(byPath.get('./other')?.type, 'hard link');
      assert.equal(byPath.get('./other')?.link, './block');
      assert.equal(byPath.get(`./${LONG}/`)?.type, 'directory');
    });
  }

  const ARCHIVE = tarOf([
    { path: 'etc/', type: '5', mode: 0o755 },
    { path: 'etc/hosts', content: '127.0.0.1 localhost\n' },
    { path: 'big', content: 'y'.repeat(1300) },
    { path: 'sh', type: '2', link: 'bash' },
  ]);

  test('reads the same however the bytes arrive', async () => {
    const whole = await read(ARCHIVE);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), async (size) => {
        assert.deepEqual(await read(ARCHIVE, size), whole);
      }),
      { numRuns: 30 },
    );
  });

  test('skips contents that nobody reads', async () => {
    const paths: string[] = [];
    for await (const entry of readTar(pieces(ARCHIVE, 700))) paths.push(entry.path);
    assert.deepEqual(paths, ['etc/', 'etc/hosts', 'big', 'sh']);
  });

  test('refuses an archive that was cut short, wherever', async () => {
    for (let length = 0; length <= ARCHIVE.length - 1024; length += 128) {
      await assert.rejects(read(ARCHIVE.subarray(0, length)), TarError, `${length} bytes`);
    }
  });

  test('refuses what is no archive', async () => {
    await assert.rejects(read(Buffer.alloc(2048, 'no archive')), /not a tar archive, or damaged/);
  });

  test('refuses an archive of which any bit was changed in a header', async () => {
    // The checksum may be written otherwise: with a leading space, or with two at its end.
    const checksum = { from: 148, to: 156 };
    const whole = await read(ARCHIVE);
    for (let bit = 0; bit < 512 * 8; bit++) {
      const at = bit >> 3;
      const damaged = Buffer.from(ARCHIVE);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
      const outcome = await read(damaged).catch((error: unknown) => error);
      if (outcome instanceof TarError) continue;
      assert.ok(at >= checksum.from && at < checksum.to, `bit ${bit}: ${inspect(outcome)}`);
      assert.deepEqual(outcome, whole, `bit ${bit}`);
    }
  });

  test('never fails but by a TarError, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 512, maxLength: 512 }), async (bytes) => {
        const archive = Buffer.concat([withChecksum(Buffer.from(bytes)), Buffer.alloc(1024)]);
        await read(archive).catch((error: unknown) => assert.ok(error instanceof TarError));
      }),
      { numRuns: 300 },
    );
  });

  test('refuses sparse files, which would come out wrong', async () => {
    const record = '22 GNU.sparse.major=1\n';
    const archive = tarOf([{ path: 'x', type: 'x', content: record }, { path: 'hole' }]);
    await assert.rejects(read(archive), /sparse file \(hole\), which is not supported/);
  });

  test('refuses a name that would fill the memory', async () => {
    const head = tarOf([{ path: '././@LongLink', type: 'L' }]).subarray(0, 512);
    head.write('77777777777', 124);
    const archive = Buffer.concat([withChecksum(head), Buffer.alloc(4096)]);
    await assert.rejects(read(archive), /it has a long name header of 8589934591 bytes/);
  });
});
