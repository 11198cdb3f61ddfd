import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { strftime } from './strftime';

/** date(1) of coreutils, which hands the format to strftime(3). */
function date(format: string, time: Date): string {
  const seconds = `@${Math.floor(time.getTime() / 1000)}`;
  const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: process.env.TZ };
  return execFileSync('date', ['-d', seconds, `+${format}|`], {
    encoding: 'utf8',
    env: environment,
  }).slice(0, -2);
}

/** Does something in another time zone. */
function inZone(zone: string, action: () => void): void {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    action();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

describe('a time', () => {
  const letters = 'aAbBcCdDeFhHIjmMnprRsStTuwxXyYz%'.split('');
  const times = [
    '2026-11-21T03:08:09.987Z',
    '2026-01-01T00:00:00Z',
    '2024-02-29T12:00:00Z',
    '2026-12-31T23:59:59Z',
    '2026-07-05T13:01:02Z',
  ].map((text) => new Date(text));
  for (const time of times) {
    test(`${time.toISOString()} is what date(1) says, letter by letter`, () => {
      const format = letters.map((letter) => `${letter}=%${letter}`).join(' ');
      assert.equal(strftime(format, time), date(format, time));
    });
  }

  for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland']) {
    test(`is local time, in ${zone}`, () => {
      inZone(zone, () => {
        for (const time of times) assert.equal(strftime('%c %z', time), date('%c %z', time));
      });
    });
  }

  test('names its zone', () => {
    inZone('UTC', () => assert.equal(strftime('%Z', new Date(0)), 'UTC'));
    inZone('America/New_York', () => assert.equal(strftime('%Z', new Date(0)), 'EST'));
  });

  test('keeps what is no conversion', () => {
    assert.equal(strftime('100 % of %Q%', new Date(0)), '100 % of %Q%');
  });
});
