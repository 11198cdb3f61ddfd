import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAtOrBelow, visibleMounts } from './mount-tree';
import type { MountEntry } from './mountinfo';

/** Rows of id, parent, mount point. */
function mounts(...rows: readonly (readonly [number, number, string])[]): readonly MountEntry[] {
  return rows.map(([id, parent, mountPoint]) => ({
    id,
    parent,
    mountPoint,
    device: '0:1',
    root: '/',
    options: ['rw'],
    propagation: [],
    type: 'tmpfs',
    source: 'none',
    superOptions: [],
  }));
}

const visible = (entries: readonly MountEntry[]) => visibleMounts(entries).map((each) => each.id);

describe('visibleMounts()', () => {
  test('keeps all where nothing is covered', () => {
    assert.deepEqual(visible(mounts([1, 0, '/'], [2, 1, '/a'], [3, 2, '/a/b'])), [1, 2, 3]);
  });

  test('drops a mount with another on top, and keeps what is below the top', () => {
    const entries = mounts([1, 0, '/'], [2, 1, '/a'], [3, 2, '/a'], [4, 3, '/a/b']);
    assert.deepEqual(visible(entries), [1, 3, 4]);
  });

  test('drops what lay below a directory that was mounted over', () => {
    const entries = mounts([1, 0, '/'], [2, 1, '/a/b'], [3, 2, '/a/b/c'], [4, 1, '/a']);
    assert.deepEqual(visible(entries), [1, 4]);
  });

  test('keeps a mount on the cover at the path of a covered one', () => {
    const entries = mounts([1, 0, '/'], [2, 1, '/a/b'], [4, 1, '/a'], [5, 4, '/a/b']);
    assert.deepEqual(visible(entries), [1, 4, 5]);
  });

  test('drops children of a mount that has another on top', () => {
    const entries = mounts([1, 0, '/'], [2, 1, '/a'], [3, 2, '/a/b'], [4, 2, '/a']);
    assert.deepEqual(visible(entries), [1, 4]);
  });

  test('does not take a longer name for a directory below', () => {
    assert.deepEqual(visible(mounts([1, 0, '/'], [2, 1, '/ab'], [3, 1, '/a'])), [1, 2, 3]);
  });

  test('sees the second root that was mounted over the first', () => {
    assert.deepEqual(visible(mounts([1, 1, '/'], [2, 1, '/'], [3, 2, '/a'])), [2, 3]);
  });

  test('takes ids in a circle without an endless loop', () => {
    assert.deepEqual(visible(mounts([1, 2, '/a'], [2, 1, '/b'])), [1, 2]);
  });
});

describe('isAtOrBelow()', () => {
  for (const [path, directory, expected] of [
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/', '/a', false],
    ['/a', '/', true],
    ['/', '/', true],
  ] as const) {
    test(`${path} is ${expected ? '' : 'not '}at or below ${directory}`, () => {
      assert.equal(isAtOrBelow(path, directory), expected);
    });
  }
});
