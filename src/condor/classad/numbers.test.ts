import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatE, formatG, realToInt32, realToInt64, roundToEven, scanReal } from './numbers';

describe('printf', () => {
  const cases: [number, string, string][] = [
    // value, %1.15E and %.16G of the GNU C library
    [1, '1.000000000000000E+00', '1'],
    [-1.5, '-1.500000000000000E+00', '-1.5'],
    [0.1, '1.000000000000000E-01', '0.1'],
    [1 / 3, '3.333333333333333E-01', '0.3333333333333333'],
    [2 / 3, '6.666666666666666E-01', '0.6666666666666666'],
    [1e22, '1.000000000000000E+22', '1E+22'],
    [1e15, '1.000000000000000E+15', '1000000000000000'],
    [1e16, '1.000000000000000E+16', '1E+16'],
    [0.0001, '1.000000000000000E-04', '0.0001'],
    [0.00001, '1.000000000000000E-05', '1E-05'],
    [123456789.125, '1.234567891250000E+08', '123456789.125'],
    [1e100, '1.000000000000000E+100', '1E+100'],
    [5e-324, '4.940656458412465E-324', '4.940656458412465E-324'],
    [Number.MAX_VALUE, '1.797693134862316E+308', '1.797693134862316E+308'],
    // Ties: to the even digit, also where JavaScript's toExponential() goes up.
    [4503599627370496.5, '4.503599627370496E+15', '4503599627370496'],
    [4503599627370497.5, '4.503599627370498E+15', '4503599627370498'],
    [9.9999999999999995e22, '9.999999999999999E+22', '9.999999999999999E+22'],
  ];
  for (const [value, e, g] of cases) {
    test(`prints ${value} as ${e} and as ${g}`, () => {
      assert.equal(formatE(value, 15), e);
      assert.equal(formatG(value, 16), g);
    });
  }

  test('prints what reads back as the number, up to the last of 17 digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        for (const text of [formatE(value, 16), formatG(value, 17)]) {
          assert.ok(Object.is(Number(text), value), text);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('strtod()', () => {
  const cases: [string, number, number][] = [
    ['12', 12, 2],
    [' \t-1.5e3x', -1500, 8],
    ['.5', 0.5, 2],
    ['5.', 5, 2],
    ['5.e', 5, 2],
    ['5e+', 5, 1],
    ['0x1F', 31, 4],
    ['0x.8p1', 1, 6],
    ['-0x10', -16, 5],
    ['0x', 0, 1],
    ['inf', Infinity, 3],
    ['-Infinity!', -Infinity, 9],
    ['nan(12)', Number.NaN, 7],
    ['nan', Number.NaN, 3],
    ['', 0, 0],
    ['-', 0, 0],
    ['.', 0, 0],
    ['e5', 0, 0],
    ['x', 0, 0],
  ];
  for (const [text, value, length] of cases) {
    test(`finds ${value} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(scanReal(text), { value, length });
    });
  }
});

describe('conversions', () => {
  test('cut reals, and give the lowest integer for what does not fit', () => {
    assert.equal(realToInt64(-2.9), -2n);
    assert.equal(realToInt64(2 ** 62), 2n ** 62n);
    for (const real of [2 ** 63, 1e300, -1e300, Number.NaN, Infinity]) {
      assert.equal(realToInt64(real), -(2n ** 63n));
    }
    assert.equal(realToInt32(2.9), 2);
    assert.ok(Object.is(realToInt32(-0.5), 0));
    for (const real of [2 ** 31, 1e300, Number.NaN]) assert.equal(realToInt32(real), -(2 ** 31));
  });

  test('round a tie to the even number', () => {
    const rounded = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 0.49999999999999994].map(roundToEven);
    assert.deepEqual(
      rounded.map((value) => value + 0),
      [0, 2, 2, 0, -2, 2, 3, 0],
    );
  });
});
