import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CATEGORIES, type DebugCategory, type Verbosity } from './categories';
import { DEBUG_WORDS, isLogged, parseDebugFlags } from './debug-flags';

describe('debug flags', () => {
  const rows: readonly (readonly [
    text: string,
    category: DebugCategory,
    verbosity: Verbosity,
    isLogged: boolean,
  ])[] = [
    ['', 'D_ALWAYS', 1, true],
    ['', 'D_ERROR', 1, true],
    ['', 'D_STATUS', 1, true],
    ['', 'D_FULLDEBUG', 1, false],
    ['', 'D_JOB', 1, false],
    ['D_JOB', 'D_JOB', 1, true],
    ['d_job', 'D_JOB', 1, true],
    ['D_JOB', 'D_JOB', 2, false],
    ['D_JOB:2', 'D_JOB', 1, true],
    ['D_JOB:2', 'D_JOB', 2, true],
    ['D_FULLDEBUG', 'D_FULLDEBUG', 1, true],
    ['D_FULLDEBUG', 'D_ALWAYS', 2, true],
    ['D_ALWAYS:2', 'D_FULLDEBUG', 1, true],
    ['D_FULLDEBUG', 'D_JOB', 2, false],
    ['D_FULLDEBUG -D_FULLDEBUG', 'D_FULLDEBUG', 1, false],
    ['D_SECURITY,D_JOB|D_NETWORK', 'D_NETWORK', 1, true],
    ['D_JOB:2 -D_JOB', 'D_JOB', 1, false],
    ['D_JOB:2 D_JOB:0', 'D_JOB', 2, false],
    ['D_JOB:2 D_JOB:1', 'D_JOB', 2, true],
    ['+D_JOB', 'D_JOB', 1, true],
    ['D_ALL', 'D_LOAD', 1, true],
    ['D_ALL', 'D_LOAD', 2, false],
    ['D_ALL:2', 'D_LOAD', 2, true],
    ['D_ALL -D_LOAD', 'D_LOAD', 1, false],
    ['D_ANY', 'D_PRIV', 1, true],
    ['-D_STATUS', 'D_STATUS', 1, false],
    ['-D_ALWAYS -D_ERROR -D_ALL', 'D_ALWAYS', 1, true],
    ['-D_ALWAYS -D_ERROR -D_ALL', 'D_ERROR', 1, true],
  ];
  for (const [text, category, verbosity, expected] of rows) {
    test(`"${text}" ${expected ? 'logs' : 'does not log'} ${category}:${verbosity}`, () => {
      assert.equal(isLogged(parseDebugFlags(text), category, verbosity), expected);
    });
  }

  test('of a later text add to those of an earlier one, and take from them', () => {
    const flags = parseDebugFlags('D_PID D_JOB', '-D_JOB D_PRIV', '');
    assert.equal(isLogged(flags, 'D_JOB'), false);
    assert.equal(isLogged(flags, 'D_PRIV'), true);
    assert.equal(flags.header.pid, true);
  });

  const headers: readonly (readonly [text: string, shown: readonly string[]])[] = [
    ['', []],
    ['D_PID', ['pid']],
    ['D_FDS', ['fds']],
    ['D_CAT', ['category']],
    ['D_CATEGORY', ['category']],
    ['D_LEVEL', ['category']],
    ['D_SUB_SECOND', ['subSecond']],
    ['D_TIMESTAMP', ['timestamp']],
    ['D_ALL', ['category', 'fds', 'pid']],
    ['D_ANY', []],
    ['D_PID -D_PID', []],
    ['D_PID D_PID:0', []],
  ];
  for (const [text, shown] of headers) {
    test(`"${text}" shows ${shown.join(', ') || 'nothing'} in the header`, () => {
      const { header } = parseDebugFlags(text);
      const on = Object.entries(header).filter(([, isOn]) => isOn);
      assert.deepEqual(on.map(([name]) => name).sort(), shown);
    });
  }

  test('tell of words that mean nothing, and not of those of other versions', () => {
    assert.deepEqual(parseDebugFlags('D_FULDEBUG D_NFS job D_JOB:x D_BACKTRACE').unknown, [
      'D_FULDEBUG',
      'job',
      'D_JOB:x',
    ]);
    assert.deepEqual(parseDebugFlags('__proto__ constructor').unknown.length, 2);
  });

  test('know every category by its name', () => {
    assert.deepEqual(parseDebugFlags(CATEGORIES.join(' ')).unknown, []);
    assert.deepEqual(parseDebugFlags(DEBUG_WORDS.join(',')).unknown, []);
  });

  test('are read from any text, and D_ALWAYS stays on', () => {
    const word = fc.oneof(fc.constantFrom(...DEBUG_WORDS), fc.string());
    const sign = fc.constantFrom('', '-', '+');
    const level = fc.constantFrom('', ':0', ':1', ':2', ':9', ':');
    const words = fc.tuple(sign, word, level).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(words), (texts) => {
        assert.equal(isLogged(parseDebugFlags(texts.join(' ')), 'D_ALWAYS'), true);
      }),
    );
  });
});
