import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificateRequest, requestInfo, splitSequences } from './certificate-request';

describe('a certificate request', () => {
  test('has no name and no attributes, and says who signed how', () => {
    const info = requestInfo(Buffer.from('3003020101', 'hex'));
    assert.equal(info.toString('hex'), '300c020100' + '3000' + '3003020101' + 'a000');
    const request = certificateRequest(info, Buffer.of(0xaa, 0xbb));
    const algorithm = '300d06092a864886f70d01010b0500';
    assert.equal(request.toString('hex'), `3022${info.toString('hex')}${algorithm}030300aabb`);
  });

  for (const [size, head] of [
    [123, '307f'],
    [124, '308180'],
    [251, '3081ff'],
    [252, '30820100'],
    [65531, '3082ffff'],
    [65532, '3083010000'],
  ] as const) {
    test(`tells the length of ${size} bytes and four more in as few bytes as it takes`, () => {
      // Besides the key: a version of three bytes, a name and attributes of two each.
      const info = requestInfo(Buffer.alloc(size - 3));
      assert.equal(info.subarray(0, head.length / 2).toString('hex'), head);
      assert.deepEqual(splitSequences(info, 1), { ok: true, value: [info] });
    });
  }
});

describe('splitSequences()', () => {
  const one = Buffer.from('30020500', 'hex');

  test('finds what stands one after another', () => {
    const long = Buffer.concat([Buffer.from('30820100', 'hex'), Buffer.alloc(256)]);
    const split = splitSequences(Buffer.concat([one, long, one]), 3);
    assert.deepEqual(split, { ok: true, value: [one, long, one] });
    assert.deepEqual(splitSequences(Buffer.alloc(0), 3), { ok: true, value: [] });
  });

  test('takes no more than it is to', () => {
    const split = splitSequences(Buffer.concat([one, one, one]), 2);
    assert.deepEqual(split, { ok: false, error: 'holds more than 2 certificates' });
  });

  for (const [what, hex] of [
    ['another tag', '3102'],
    ['a tag alone', '30'],
    ['a length that goes beyond the end', '30030500'],
    ['a long length that goes beyond the end', '3084ffffffff00'],
    ['a length that is cut', '308201'],
    ['a length of five bytes', '30850000000001ff'],
    ['an indefinite length', '30800000'],
  ] as const) {
    test(`refuses ${what}`, () => {
      const bytes = Buffer.concat([one, Buffer.from(hex, 'hex')]);
      const error = `is not DER at byte 4 of ${bytes.length}`;
      assert.deepEqual(splitSequences(bytes, 9), { ok: false, error });
    });
  }
});
