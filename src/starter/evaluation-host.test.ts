import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { EVALUATION_HOST } from './evaluation-host';

describe('the evaluation host', () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test('tells the time in seconds, with fractions', () => {
    const before = Date.now() / 1000;
    const now = EVALUATION_HOST.now();
    assert.ok(now >= before && now <= Date.now() / 1000);
  });

  const offsets: [string, number, number][] = [
    ['UTC', 0, 0],
    ['Europe/Berlin', Date.UTC(2024, 0, 15) / 1000, 3600],
    ['Europe/Berlin', Date.UTC(2024, 6, 15) / 1000, 7200],
    ['America/Chicago', Date.UTC(2024, 0, 15) / 1000, -6 * 3600],
    ['Asia/Kolkata', Date.UTC(2024, 0, 15) / 1000, 5.5 * 3600],
  ];
  for (const [name, instant, offset] of offsets) {
    test(`in ${name}, ${instant} seconds after the epoch, the offset is ${offset} seconds`, () => {
      process.env.TZ = name;
      assert.equal(EVALUATION_HOST.utcOffset(instant), offset);
    });
  }

  test('gives UTC for a time that no calendar holds', () => {
    assert.equal(EVALUATION_HOST.utcOffset(1e18), 0);
  });

  test('gives numbers from 0 up to 1', () => {
    const number = EVALUATION_HOST.random();
    assert.ok(number >= 0 && number < 1);
  });
});
