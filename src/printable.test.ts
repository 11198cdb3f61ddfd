import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { printable, printableLine } from './printable';

describe('printable()', () => {
  const texts: readonly [string, string, string][] = [
    ['a terminal sequence', '\x1b[2J', '\\x1b[2J'],
    ['its one-byte form', '\u009b2J', '\\x9b2J'],
    ['a carriage return', 'a\rb', 'a\\x0db'],
    ['a change of direction', 'a\u202eb', 'a\\u202eb'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['letters of all languages, tabs and line ends: as they are', 'é\t漢\n', 'é\t漢\n'],
  ];
  for (const [title, text, shown] of texts) {
    test(`shows ${title}`, () => {
      assert.equal(printable(text), shown);
    });
  }
});

describe('printableLine()', () => {
  test('shows a line end', () => {
    assert.equal(printableLine('a\nb\x1b'), 'a\\x0ab\\x1b');
  });

  test('gives one line without control characters, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(printableLine(text), /[\0-\x08\x0a-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
