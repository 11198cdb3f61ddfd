import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary';
import { rotate } from './rotation';

function logIn(context: TestContext, text = 'full\n'): string {
  const file = `${temporaryDirectory(context)}/StarterLog`;
  writeFileSync(file, text);
  return file;
}

/** Names beside a log file, without what they have in common. */
function names(file: string): readonly string[] {
  const directory = file.slice(0, file.lastIndexOf('/'));
  return readdirSync(directory)
    .map((name) => name.replace('StarterLog', ''))
    .sort();
}

function rotateAt(file: string, keep: number): string | undefined {
  return rotate({ path: file, keep, file: statSync(file) });
}

describe('rotation', () => {
  for (const keep of [0, 1]) {
    test(`that keeps ${keep} moves the file to .old, over an older one`, (context) => {
      const file = logIn(context);
      writeFileSync(`${file}.old`, 'older\n');
      assert.equal(rotateAt(file, keep), `${file}.old`);
      assert.deepEqual(names(file), ['.old']);
      assert.equal(readFileSync(`${file}.old`, 'utf8'), 'full\n');
    });
  }

  test('that keeps more names the file by the time of its last line', (context) => {
    const file = logIn(context);
    utimesSync(file, new Date(), new Date(2026, 10, 21, 3, 8, 19));
    assert.equal(rotateAt(file, 3), `${file}.20261121T030819`);
    assert.deepEqual(names(file), ['.20261121T030819']);
  });

  test('never replaces a rotated file of the same second', (context) => {
    const file = logIn(context);
    const time = new Date(2026, 11, 31, 23, 59, 59);
    writeFileSync(`${file}.20261231T235959`, 'older\n');
    utimesSync(file, time, time);
    assert.equal(rotateAt(file, 3), `${file}.20270101T000000`);
    assert.equal(readFileSync(`${file}.20261231T235959`, 'utf8'), 'older\n');
  });

  test('keeps as many as it shall, the youngest, and touches nothing else', (context) => {
    const file = logIn(context);
    const others = ['.old', '.20200101T000000.gz', '.2020', 'x.20200101T000000'];
    for (const name of [...others, '.20210101T000000', '.20220101T000000', '.20230101T000000']) {
      writeFileSync(file + name, '');
    }
    const rotated = rotateAt(file, 2);
    assert.deepEqual(
      new Set(names(file)),
      new Set([...others, '.20230101T000000', rotated?.replace(/.*StarterLog/, '')]),
    );
  });

  test('puts back what another starter has just begun', (context) => {
    const file = logIn(context);
    const full = statSync(file);
    rotateAt(file, 1);
    writeFileSync(file, 'new\n');
    assert.equal(rotate({ path: file, keep: 1, file: full }), undefined);
    assert.deepEqual(names(file), ['', '.old']);
    assert.equal(readFileSync(file, 'utf8'), 'new\n');
    assert.equal(readFileSync(`${file}.old`, 'utf8'), 'full\n');
  });

  test('puts the file back where it cannot get its name', (context) => {
    const file = logIn(context);
    mkdirSync(`${file}.old`);
    assert.throws(() => rotateAt(file, 1), { code: 'EISDIR' });
    assert.deepEqual(names(file), ['', '.old']);
  });

  test('keeps the file of a rotation in which a starter was killed', (context) => {
    const file = logIn(context);
    writeFileSync(`${file}.rotating.${process.pid}`, 'lines\n');
    rotateAt(file, 1);
    const [rescued = '', old, ...others] = names(file);
    assert.equal(old, '.old');
    assert.deepEqual(others, []);
    assert.equal(readFileSync(file + rescued, 'utf8'), 'lines\n');
  });

  test('leaves a link to the file alone', (context) => {
    const file = logIn(context);
    linkSync(file, `${file}-kept`);
    rotateAt(file, 1);
    assert.deepEqual(names(file), ['-kept', '.old']);
  });

  test('fails where there is nothing to rotate', (context) => {
    const file = logIn(context);
    const full = statSync(file);
    rotateAt(file, 1);
    assert.throws(() => rotate({ path: file, keep: 1, file: full }), { code: 'ENOENT' });
  });
});
