import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Category, Verbosity } from './categories';
import { parseDebugFlags } from './debug-flags';
import { formatHeader, formatLines } from './line';

const TIME = new Date(2026, 10, 21, 3, 8, 19, 45);
const SECONDS = Math.floor(TIME.getTime() / 1000);

function header(
  flags: string,
  category: Category = 'D_ALWAYS',
  verbosity: Verbosity = 1,
  prefix?: string,
): string {
  return formatHeader(
    { time: TIME, category, verbosity, pid: 123, lowestFreeDescriptor: () => 7 },
    { header: parseDebugFlags(flags).header, timeFormat: '%m/%d/%y %H:%M:%S', prefix },
  );
}

describe('the header of a line', () => {
  const rows: readonly (readonly [
    flags: string,
    category: Category,
    verbosity: Verbosity,
    header: string,
  ])[] = [
    // Forms seen in logs of HTCondor 23.9.6.
    ['', 'D_ALWAYS', 1, '11/21/26 03:08:19 '],
    ['D_PID', 'D_ALWAYS', 1, '11/21/26 03:08:19 (pid:123) '],
    ['D_CAT', 'D_ALWAYS', 1, '11/21/26 03:08:19 (D_ALWAYS) '],
    ['D_CAT', 'D_ALWAYS', 2, '11/21/26 03:08:19 (D_ALWAYS:2) '],
    ['D_CAT', 'D_CONFIG', 1, '11/21/26 03:08:19 (D_CONFIG) '],
    ['D_CAT', 'D_ERROR', 1, '11/21/26 03:08:19 (D_ERROR) '],
    ['D_CAT', 'D_STATUS', 1, '11/21/26 03:08:19 (D_ALWAYS) '],
    ['D_ALL', 'D_JOB', 1, '11/21/26 03:08:19 (fd:7) (pid:123) (D_JOB) '],
    ['D_SUB_SECOND', 'D_JOB', 1, '11/21/26 03:08:19.045 '],
    ['D_TIMESTAMP D_ALL', 'D_JOB', 1, `${SECONDS} (fd:7) (pid:123) (D_JOB) `],
    ['D_TIMESTAMP D_SUB_SECOND', 'D_JOB', 1, `${SECONDS}.045 `],
  ];
  for (const [flags, category, verbosity, expected] of rows) {
    test(`with "${flags}" is "${expected}" for ${category}:${verbosity}`, () => {
      assert.equal(header(flags, category, verbosity), expected);
    });
  }

  test('ends in the text of -header', () => {
    assert.equal(header('D_PID', 'D_ALWAYS', 1, 'HEAD'), '11/21/26 03:08:19 (pid:123) HEAD ');
  });
});

describe('a message', () => {
  const rows: readonly (readonly [why: string, message: string, lines: string])[] = [
    ['is a line', 'started', '> started\n'],
    ['has one line end, given or not', 'started\n', '> started\n'],
    ['has the header on each of its lines', 'one\ntwo', '> one\n> two\n'],
    ['keeps tabs and letters of all scripts', 'a\tü 中 🦅', '> a\tü 中 🦅\n'],
    ['cannot begin a line of its own', 'job\r11/21/26 forged', '> job\\x0d11/21/26 forged\n'],
    ['cannot steer a terminal', '\x1b[2J\x07\x9b1m', '> \\x1b[2J\\x07\\x9b1m\n'],
    ['cannot turn the writing round', 'exe\u202egpj', '> exe\\u202egpj\n'],
  ];
  for (const [why, message, lines] of rows) {
    test(why, () => assert.equal(formatLines('> ', message), lines));
  }

  test('of any text makes lines that all have the header and nothing unprintable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        const lines = formatLines('> ', message).split('\n');
        assert.equal(lines.pop(), '');
        for (const line of lines) {
          assert.ok(line.startsWith('> '));
          assert.doesNotMatch(line.replaceAll('\t', ''), /\p{Cc}/u);
        }
      }),
    );
  });
});
