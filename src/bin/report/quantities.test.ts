import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { duration, size } from './quantities';

describe('a duration', () => {
  const rows: readonly (readonly [seconds: number, text: string])[] = [
    [0, '0.0 ms'],
    [0.00314, '3.1 ms'],
    [0.00994, '9.9 ms'],
    [0.00996, '10 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.00 s'],
    [7.254, '7.25 s'],
    [60, '1 min 00 s'],
    [245, '4 min 05 s'],
    [3599.6, '1 h 00 min'],
    [93_660, '26 h 01 min'],
  ];
  for (const [seconds, text] of rows) {
    test(`of ${seconds} seconds reads ${text}`, () => assert.equal(duration(seconds), text));
  }
});

describe('a size', () => {
  const rows: readonly (readonly [bytes: number, text: string])[] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1023.4, '1023 KiB'],
    [1024 * 1023.6, '1.0 MiB'],
    [3.44 * 2 ** 20, '3.4 MiB'],
    [9.96 * 2 ** 20, '10 MiB'],
    [8 * 2 ** 30, '8 GiB'],
    [5000 * 2 ** 50, '5000 PiB'],
  ];
  for (const [bytes, text] of rows) {
    test(`of ${bytes} bytes reads ${text}`, () => assert.equal(size(bytes), text));
  }
});
