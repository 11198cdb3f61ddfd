import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LogLimit, parseLogLimit } from './log-limit';

describe('a log limit', () => {
  const size = (bytes: number): LogLimit => ({ kind: 'size', bytes });
  const age = (seconds: number): LogLimit => ({ kind: 'age', seconds });
  const rows: readonly (readonly [text: string, limit: LogLimit])[] = [
    ['0', { kind: 'never' }],
    ['0 Mb', { kind: 'never' }],
    ['1000', size(1000)],
    ['1000 b', size(1000)],
    ['64 Kb', size(65_536)],
    ['64k', size(65_536)],
    ['10 Mb', size(10_485_760)],
    ['10 MB', size(10_485_760)],
    ['10M', size(10_485_760)],
    ['10 MiB', size(10_485_760)],
    ['10 mb', size(10_485_760)],
    ['1 Gb', size(2 ** 30)],
    ['2 TB', size(2 ** 41)],
    ['10m', age(600)],
    ['10 min', age(600)],
    ['10 Minutes', age(600)],
    ['90 sec', age(90)],
    ['2 h', age(7200)],
    ['1 day', age(86_400)],
    ['1 Week', age(604_800)],
    ['  1  d ', age(86_400)],
  ];
  for (const [text, limit] of rows) {
    test(`"${text}" is ${JSON.stringify(limit)}`, () => {
      assert.deepEqual(parseLogLimit(text), { ok: true, value: limit });
    });
  }
  for (const text of [
    '',
    'much',
    '-1',
    '1.5 Mb',
    '10 Mb please',
    '5 monkeys',
    '10 years',
    '1 m b',
  ]) {
    test(`"${text}" is none`, () => {
      assert.deepEqual(parseLogLimit(text), {
        ok: false,
        error: 'expected a size such as "10 Mb" or an age such as "2 days"',
      });
    });
  }
});
