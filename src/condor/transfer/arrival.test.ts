import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { pathOfName } from './arrival';

describe('pathOfName()', () => {
  for (const [name, expected] of [
    ['a', 'a'],
    ['a/b/c', 'a/b/c'],
    ['./a//b/', 'a/b'],
    ['..a/b..', '..a/b..'],
    ['', undefined],
    ['.', undefined],
    ['/', undefined],
    ['/a', undefined],
    ['..', undefined],
    ['a/../b', undefined],
    ['a/..', undefined],
    ['a\0b', undefined],
  ] as const) {
    test(`makes ${String(expected)} of ${JSON.stringify(name)}`, () => {
      assert.equal(pathOfName(name), expected);
    });
  }

  test('whatever comes, the path leads down', () => {
    const pieces = fc.array(fc.constantFrom('a', '/', '.', '..', '\n', 'b/c'), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const path = pathOfName(parts.join(''));
        if (path === undefined) return;
        for (const component of path.split('/')) {
          assert.ok(!['', '.', '..'].includes(component));
        }
      }),
    );
  });
});
