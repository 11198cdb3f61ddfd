import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  components,
  depth,
  isAtOrBelow,
  isBelow,
  joinPath,
  lastComponent,
  normalizeAbsolute,
  parentOf,
} from './paths';

describe('isBelow()', () => {
  const cases: readonly [string, string, boolean][] = [
    ['/tmp/a', '/tmp', true],
    ['/tmp', '/tmp', false],
    ['/tmpfs', '/tmp', false],
    ['/tmp', '/', true],
    ['/', '/', false],
    ['/', '/tmp', false],
  ];
  for (const [path, directory, expected] of cases) {
    test(`${path} ${expected ? 'is' : 'is not'} below ${directory}`, () => {
      assert.equal(isBelow(path, directory), expected);
    });
  }
});

test('a directory is at or below itself', () => {
  assert.ok(isAtOrBelow('/tmp', '/tmp'));
  assert.ok(isAtOrBelow('/', '/'));
});

describe('normalizeAbsolute()', () => {
  const cases: readonly [string, string | undefined][] = [
    ['/', '/'],
    ['//tmp///a/', '/tmp/a'],
    ['/./tmp/.', '/tmp'],
    ['/tmp/../etc', undefined],
    ['tmp', undefined],
    ['', undefined],
    ['/tmp\0', undefined],
    ['/..tmp', '/..tmp'],
  ];
  for (const [path, expected] of cases) {
    test(`makes ${JSON.stringify(path)} ${expected ?? 'nothing'}`, () => {
      assert.equal(normalizeAbsolute(path), expected);
    });
  }
});

const name = fc.string({ minLength: 1 }).filter((text) => !/[/\0]|^\.{1,2}$/.test(text));
const canonical = fc.array(name, { maxLength: 6 }).map((names) => `/${names.join('/')}`);

test('a canonical path is what its parent and its last component make', () => {
  fc.assert(
    fc.property(canonical, (path) => {
      assert.equal(joinPath(parentOf(path), lastComponent(path)), path);
      assert.equal(normalizeAbsolute(path), path);
      assert.equal(depth(path), components(path).length);
    }),
  );
});

test('what is joined to a directory lies at or below it', () => {
  fc.assert(
    fc.property(canonical, canonical, (directory, path) => {
      assert.ok(isAtOrBelow(joinPath(directory, path), directory));
      assert.equal(depth(joinPath(directory, path)), depth(directory) + depth(path));
    }),
  );
});
