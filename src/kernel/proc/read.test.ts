import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { toBytes } from '../../byte-text';
import { parseMountInfo } from './mountinfo';
import { readKernelFile, readKernelNumber } from './read';

const directory = mkdtempSync('/var/tmp/eyrie-test-');
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const place = path.join(directory, name);
  writeFileSync(place, content);
  return place;
}

describe('readKernelFile()', () => {
  test('keeps the bytes of a mount point that is no UTF-8', () => {
    const point = Buffer.from([0x2f, 0xe9, 0x2f, 0xc3, 0xa9]);
    const line = ['1 0 0:1 / ', ' rw - tmpfs none rw\n'].map((part) => Buffer.from(part));
    const text = readKernelFile(
      file('mountinfo', Buffer.concat([line[0] as Buffer, point, line[1] as Buffer])),
    );
    const mounts = parseMountInfo(text.ok ? text.value : '');
    assert.deepEqual(
      mounts.ok && mounts.value.map((mount) => Buffer.from(toBytes(mount.mountPoint))),
      [point],
    );
  });

  test('names the file and the error', () => {
    assert.deepEqual(readKernelFile('/proc/self/nothing'), {
      ok: false,
      error: 'cannot read /proc/self/nothing: ENOENT',
    });
  });
});

describe('readKernelNumber()', () => {
  for (const [content, expected] of [
    ['10000\n', 10_000],
    ['0', 0],
    ['-1\n', -1],
    ['max\n', undefined],
    ['1 2\n', undefined],
    ['', undefined],
  ] as const) {
    test(`${JSON.stringify(content)} is ${expected ?? 'no number'}`, () => {
      assert.equal(readKernelNumber(file('sysctl', content)), expected);
    });
  }

  test('a file that this kernel lacks has none', () => {
    assert.equal(readKernelNumber(path.join(directory, 'absent')), undefined);
  });
});
