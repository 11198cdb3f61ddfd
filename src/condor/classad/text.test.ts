import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  asciiLowerCase,
  asciiUpperCase,
  byteLength,
  compareBytes,
  compareIgnoringCase,
  fromBytes,
  sliceBytes,
  toBytes,
} from './text';

const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'é', '日', '😀'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});

describe('text as bytes', () => {
  test('any bytes come back as they went in', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(toBytes(fromBytes(bytes)), bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('any text comes back as it went in', () => {
    fc.assert(fc.property(texts, (text) => assert.equal(fromBytes(toBytes(text)), text)));
  });

  const broken: [string, number[], string][] = [
    ['a lone continuation', [0x61, 0x80, 0x62], 'a\udc80b'],
    ['a sequence cut short', [0xc3], '\udcc3'],
    ['a sequence cut short before a letter', [0xe2, 0x82, 0x61], '\udce2\udc82a'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['an overlong sequence of three', [0xe0, 0x80, 0xaf], '\udce0\udc80\udcaf'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['more than Unicode has', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['a byte that UTF-8 never has', [0xff, 0xc3, 0xa9], '\udcffé'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ];
  for (const [name, bytes, text] of broken) {
    test(`${name} is kept`, () => {
      assert.equal(fromBytes(Uint8Array.from(bytes)), text);
      assert.deepEqual([...toBytes(text)], bytes);
    });
  }

  test('is measured and cut in bytes', () => {
    assert.equal(byteLength('aé日😀'), 10);
    assert.equal(byteLength('\udcff'), 1);
    assert.equal(sliceBytes('aé日', 1, 3), 'é');
    assert.equal(sliceBytes('é', 1, 2), '\udca9');
  });

  test('is compared by bytes, as strcmp() does', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        assert.equal(compareBytes(a, b), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1000 },
    );
    assert.equal(compareBytes('\uffff', '😀'), -1);
  });

  test('has two cases for ASCII letters only', () => {
    assert.equal(asciiLowerCase('AÉz'), 'aÉz');
    assert.equal(asciiUpperCase('aéZ'), 'AéZ');
    assert.equal(asciiLowerCase('İK'), 'İK'.replace('K', 'k'));
    assert.equal(compareIgnoringCase('aBc', 'AbC'), 0);
    assert.equal(compareIgnoringCase('é', 'É'), 1);
    // '_' lies between the capitals and the small letters.
    assert.equal(compareIgnoringCase('Z', '_'), 1);
  });
});
