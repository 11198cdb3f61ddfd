import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { errnoFromWire } from './translated-numbers';

const { errno } = os.constants;

test('errno travels as the number of old', () => {
  for (const [wire, own] of [
    [2, errno.ENOENT],
    [28, errno.ENOSPC],
    [36, errno.EDEADLK],
    [38, errno.ENAMETOOLONG],
    [41, errno.ENOTEMPTY],
    [42, errno.EILSEQ],
    [43, errno.ETXTBSY],
  ] as const) {
    assert.equal(errnoFromWire(wire), own);
  }
});

test('an errno that the wire does not know has travelled as it was', () => {
  assert.equal(errnoFromWire(9999), 9999);
});
