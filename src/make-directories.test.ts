import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { makeDirectories } from './make-directories';

process.umask(0o022);
const directory = mkdtempSync('/var/tmp/eyrie-test-');
after(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => path.join(directory, name);
mkdirSync(at('there'), { mode: 0o700 });
symlinkSync('there', at('link'));
writeFileSync(at('file'), '');

describe('makeDirectories()', () => {
  test('makes all that are missing, with the mode', () => {
    makeDirectories(at('a/b/c'), 0o750);
    for (const name of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(at(name)).mode & 0o777, 0o750);
  });

  test('leaves what is there as it is, a link to a directory too', () => {
    makeDirectories(at('there'), 0o755);
    makeDirectories(at('link'), 0o755);
    assert.equal(statSync(at('there')).mode & 0o777, 0o700);
  });

  for (const [place, code] of [
    [at('file'), 'EEXIST'],
    [at('file/below'), 'ENOTDIR'],
    ['/proc/none', 'ENOENT'],
    ['/proc/none/below', 'ENOENT'],
  ] as const) {
    test(`gives ${code} for ${path.basename(path.dirname(place))}/${path.basename(place)}`, () => {
      assert.throws(() => makeDirectories(place, 0o755), { code });
    });
  }
});
