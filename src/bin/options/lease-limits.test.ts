import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseProcdArguments } from './parse-procd';

const ROOT = { environment: {}, uid: 0, euid: 0 };
const FILES = ['users', 'clients', 'accounts', 'execute'].flatMap((name) => [
  `--${name}`,
  `/${name}`,
]);
const CONTROL = ['-A', '/p', '--control', '/c', ...FILES];

describe('how long accounts are leased', () => {
  function limitsOf(...words: readonly string[]): unknown {
    const read = parseProcdArguments([...CONTROL, ...words], ROOT);
    assert.ok(read.ok && read.value.action === 'serve', JSON.stringify(read));
    return read.value.control?.limits;
  }

  test('is a day for guests and a week for others, where nothing is said', () => {
    assert.deepEqual(limitsOf(), { guest: 86_400, local: 604_800 });
  });

  test('is what the options say', () => {
    const words = ['--guest-lease', '60', '--local-lease', '3600'];
    assert.deepEqual(limitsOf(...words), { guest: 60, local: 3600 });
  });

  for (const word of ['0', '-1', '1.5', 'x', '', '1e3', '9999999999']) {
    test(`is not '${word}'`, () => {
      const read = parseProcdArguments([...CONTROL, '--guest-lease', word], ROOT);
      assert.match(read.ok ? '' : read.error.message, /--guest-lease/);
    });
  }

  test('is nothing to say without --control', () => {
    const read = parseProcdArguments(['-A', '/p', '--local-lease', '60'], ROOT);
    assert.match(read.ok ? '' : read.error.message, /--local-lease needs --control SOCKET/);
  });
});
