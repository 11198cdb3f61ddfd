import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { listDirectory, statEntry, statPath } from './host-paths';

process.umask(0o022);
const directory = mkdtempSync('/var/tmp/eyrie-test-');
after(() => rmSync(directory, { recursive: true }));
const at = (name: string) => path.join(directory, name);
mkdirSync(at('sub'), { mode: 0o755 });
writeFileSync(at('file'), '', { mode: 0o640 });
symlinkSync('sub', at('link'));
symlinkSync('nowhere', at('dangling'));
symlinkSync('loop', at('loop'));
mkdirSync(Buffer.concat([Buffer.from(at('odd-')), Buffer.from([0xe9])]));
execFileSync('mkfifo', [at('fifo')]);

describe('statPath()', () => {
  for (const [name, expected] of [
    ['sub', { kind: 'directory', realPath: at('sub') }],
    ['link', { kind: 'directory', realPath: at('sub') }],
    ['link/../file', { kind: 'file', realPath: at('file') }],
    ['fifo', { kind: 'other', realPath: at('fifo') }],
    ['dangling', undefined],
    ['loop', undefined],
    ['odd-\udce9', { kind: 'directory', realPath: at('odd-\udce9') }],
    ['absent', undefined],
    ['file/below', undefined],
  ] as const) {
    test(`${name}: ${expected ? `a ${expected.kind}` : 'nothing there'}`, () => {
      assert.deepEqual(statPath(`${directory}/${name}`), expected);
    });
  }
});

describe('statEntry()', () => {
  const uid = process.geteuid?.() ?? -1;
  for (const [name, expected] of [
    ['sub', { kind: 'directory', uid, mode: 0o755 }],
    ['file', { kind: 'file', uid, mode: 0o640 }],
    ['link', { kind: 'link', uid, mode: 0o777 }],
    ['dangling', { kind: 'link', uid, mode: 0o777 }],
    ['absent', undefined],
  ] as const) {
    test(`${name}: ${expected ? `a ${expected.kind}` : 'nothing there'}`, () => {
      assert.deepEqual(statEntry(at(name)), expected);
    });
  }
});

describe('listDirectory()', () => {
  test('gives the entries by name, and where links point', () => {
    assert.deepEqual(listDirectory(directory), [
      { name: 'dangling', kind: 'link', linkTarget: 'nowhere' },
      { name: 'fifo', kind: 'other' },
      { name: 'file', kind: 'file' },
      { name: 'link', kind: 'link', linkTarget: 'sub' },
      { name: 'loop', kind: 'link', linkTarget: 'loop' },
      { name: 'odd-\udce9', kind: 'directory' },
      { name: 'sub', kind: 'directory' },
    ]);
  });

  for (const name of ['link', 'file', 'absent']) {
    test(`${name} is no directory`, () => {
      assert.equal(listDirectory(at(name)), undefined);
    });
  }
});
