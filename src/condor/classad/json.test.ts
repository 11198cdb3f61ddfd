import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseClassAd, toJson } from '.';

function jsonOf(text: string, indent?: number): string {
  const ad = parseClassAd(text);
  assert.ok(ad.ok);
  return toJson(ad.value, indent);
}

describe('JSON', () => {
  /** What `printJson()` of HTCondor 23.9's Python bindings prints, in the same order. */
  const AD = `[ e = error; i = 1; l = { 1,a,"x",{ } }; n = [ b = 1; c = a + 1 ]; r = 1.5;
    s = "a\\"b\\\\\\n\\001é/"; t = true; u = undefined; x = a + b; z = 0.0;
    at = absTime("2020-01-01T00:00:00Z"); ea = [ ]; em = { }; r2 = 1e100; r3 = 100.0; r4 = 1e-7;
    r5 = 123456789012345680.0; r6 = 0.1; rt = relTime("5"); 'a b' = 1; nan = real("NaN") ]`;
  const JSON_TEXT = String.raw`{
  "e": "\/Expr(error)\/",
  "i": 1,
  "l": [
    1,
    "\/Expr(a)\/",
    "x",
    [
    ]
  ],
  "n": {
    "b": 1,
    "c": "\/Expr(a + 1)\/"
  },
  "r": 1.5,
  "s": "a\"b\\\n\u0001é/",
  "t": true,
  "u": null,
  "x": "\/Expr(a + b)\/",
  "z": 0.0,
  "at": "\/Expr(absTime(\"2020-01-01T00:00:00-00:00\"))\/",
  "ea": {
  },
  "em": [
  ],
  "r2": 1E+100,
  "r3": 100.0,
  "r4": 1E-07,
  "r5": 1.234567890123457E+17,
  "r6": 0.1,
  "rt": 5.0,
  "a b": 1,
  "nan": "\/Expr(real(\"NaN\"))\/"
}`;

  test("of an ad is HTCondor's", () => assert.equal(jsonOf(AD), JSON_TEXT));

  test('is JSON, whatever the ad holds', () => {
    const value: unknown = JSON.parse(jsonOf(AD));
    assert.ok(typeof value === 'object' && value !== null);
    assert.equal((value as { s: string }).s, 'a"b\\\n\u0001é/');
  });

  test('can be on one line', () => {
    assert.equal(
      jsonOf('A = { 1, x }\nB = [ c = "d" ]', 0),
      '{"A": [1,"\\/Expr(x)\\/"],"B": {"c": "d"}}',
    );
  });

  test('tells an expression from a string that looks like one', () => {
    const text = jsonOf('[ a = b + 1; c = "/Expr(b + 1)/" ]', 0);
    assert.equal(text, '{"a": "\\/Expr(b + 1)\\/","c": "/Expr(b + 1)/"}');
  });

  test('has all 64 bits of an integer', () => {
    assert.equal(jsonOf('A = 9223372036854775807', 0), '{"A": 9223372036854775807}');
  });
});
