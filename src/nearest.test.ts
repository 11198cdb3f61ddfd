import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearest } from './nearest';

const KNOBS = ['EXECUTE', 'MOUNT_UNDER_SCRATCH', 'MOUNT_READ_ONLY', 'NAMED_CHROOT', 'LOG'];

describe('the nearest name', () => {
  const rows: readonly (readonly [word: string, nearest: string | undefined, why: string])[] = [
    ['EXECUTE', 'EXECUTE', 'the name itself'],
    ['execute', 'EXECUTE', 'letter case is ignored'],
    ['EXCEUTE', 'EXECUTE', 'two letters swapped'],
    ['EXECTE', 'EXECUTE', 'a letter missing'],
    ['MOUNT_UNDER_SCRATCHH', 'MOUNT_UNDER_SCRATCH', 'a letter too many'],
    ['NAMED_CHR00T', 'NAMED_CHROOT', 'two letters replaced'],
    ['LGO', 'LOG', 'one change in a word of three letters'],
    ['XYZ', undefined, 'nothing alike'],
    ['', undefined, 'an empty word'],
  ];
  for (const [word, expected, why] of rows) {
    test(`of '${word}' is ${expected ?? 'none'}: ${why}`, () => {
      assert.equal(nearest(word, KNOBS), expected);
    });
  }

  test('is the first of two that are equally near', () => {
    assert.equal(nearest('ab1', ['ab2', 'ab3']), 'ab2');
  });

  test('is none without candidates', () => {
    assert.equal(nearest('EXECUTE', []), undefined);
  });
});
