import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseRemaps, remapped } from './remaps';

describe('parseRemaps()', () => {
  for (const [text, expected] of [
    ['', {}],
    ['a=b', { a: 'b' }],
    [' a = b ; c = d/e ;', { a: 'b', c: 'd/e' }],
    ['a=b;a=c', { a: 'b' }],
    ['a;=b;c=;d=e', { d: 'e' }],
    [String.raw`a\=b=c\;d;e=f\\g`, { 'a=b': 'c;d', e: String.raw`f\g` }],
    ['a=b=c', { a: 'b=c' }],
    ['a=b\\', { a: 'b\\' }],
  ] as const) {
    test(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(Object.fromEntries(parseRemaps(text)), expected);
    });
  }

  test('reads any text without a throw, and what was escaped as it was', () => {
    fc.assert(fc.property(fc.string(), (text) => parseRemaps(text) instanceof Map));
    const anyName = fc.string({ minLength: 1 }).filter((name) => name.trim() === name);
    const escape = (name: string): string => name.replace(/[;=\\]/g, '\\$&');
    fc.assert(
      fc.property(anyName, anyName, (from, to) => {
        const remaps = parseRemaps(`${escape(from)}=${escape(to)}`);
        assert.deepEqual([...remaps], [[from, to]]);
      }),
    );
  });
});

describe('remapped()', () => {
  const remaps = parseRemaps('a=b;dir=else/where;dir/sub=s');
  for (const [name, expected] of [
    ['a', 'b'],
    ['aa', 'aa'],
    ['x/a', 'x/a'],
    ['dir', 'else/where'],
    ['dir/f', 'else/where/f'],
    ['dir/sub/f', 's/f'],
    ['/dir', '/dir'],
    ['', ''],
  ] as const) {
    test(`makes ${JSON.stringify(expected)} of ${JSON.stringify(name)}`, () => {
      assert.equal(remapped(remaps, name), expected);
    });
  }
});
