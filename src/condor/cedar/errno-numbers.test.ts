import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errnoFromWire, errnoToWire } from './errno-numbers';

describe('error numbers on the wire', () => {
  // HTCondor's numbers, as its protocol notes have them.
  const rows: [string, number, number][] = [
    ['EPERM', 1, 1],
    ['ENOENT', 2, 2],
    ['EACCES', 13, 13],
    ['ENOSPC', 28, 28],
    ['ERANGE', 34, 34],
    ['EDEADLK', 36, 35],
    ['ENAMETOOLONG', 38, 36],
    ['ENOLCK', 39, 37],
    ['ENOSYS', 40, 38],
    ['ENOTEMPTY', 41, 39],
    ['EILSEQ', 42, 84],
    ['ETXTBSY', 43, 26],
    ['an error without a row', 110, 110],
  ];
  for (const [name, wire, linux] of rows) {
    test(`${name} is ${wire} there and ${linux} here`, () => {
      assert.equal(errnoFromWire(wire), linux);
      assert.equal(errnoToWire(linux), wire);
    });
  }
});
