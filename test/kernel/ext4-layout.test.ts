/** The file system that a sandbox can be, judged by e2fsck(8) and by the kernel. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { layOutExt4 } from '../../src/kernel/scratch/ext4-layout';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const KIB = 1024;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

const hasChecker = spawnSync('e2fsck', ['-V']).status === 0;

describe(
  'an empty ext4 file system',
  { skip: skipIf(hasChecker ? undefined : 'e2fsck of e2fsprogs') },
  () => {
    const sizes: readonly (readonly [string, number])[] = [
      ['of the least size', 1],
      ['of a MiB', MIB],
      ['of almost a group', 126 * MIB],
      ['with a small last group', 128 * MIB + 300 * KIB],
      ['with a last group that is its metadata', 128 * MIB],
      ['of a size that is none of blocks', 300 * MIB + 123],
      ['of 5 GiB', 5 * GIB],
      ['with more than one block of descriptors', 40 * GIB],
      ['of 3 TiB', 3072 * GIB],
    ];
    for (const [what, usable] of sizes) {
      test(`${what} has nothing to repair, and room for what it was made for`, (t) => {
        const image = `${temporaryDirectory(t)}/image`;
        const { size, extents, usable: has } = layOutExt4(usable, randomBytes(16));
        assert.ok(has >= usable && has < usable + 130 * MIB, `${has} for ${usable}`);
        const fd = fs.openSync(image, 'wx', 0o600);
        fs.ftruncateSync(fd, size);
        for (const { offset, bytes } of extents) fs.writeSync(fd, bytes, 0, bytes.length, offset);
        fs.closeSync(fd);
        const checked = spawnSync('e2fsck', ['-f', '-n', image], { encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stdout + checked.stderr);
        const free = /Free blocks: *(\d+)/.exec(
          execFileSync('dumpe2fs', ['-h', image], { encoding: 'utf8', stdio: 'pipe' }),
        );
        const kept = Math.min(Math.floor(size / 4096 / 50), 4096);
        assert.equal((Number(free?.[1]) - kept) * 4096, has);
      });
    }
  },
);
