import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAULTS, holdCode } from './faults';

describe('the table of faults', () => {
  test('has one name for each of its hold codes', () => {
    const names = new Map<number, string>();
    for (const { code, name } of Object.values(FAULTS)) {
      assert.equal(names.get(code) ?? name, name, `code ${code}`);
      names.set(code, name);
    }
  });

  test('has hold codes only: from 1000 on, HTCondor takes them for reasons to vacate', () => {
    for (const { code, name } of Object.values(FAULTS)) {
      assert.ok(code > 0 && code < 1000, name);
    }
  });

  // The codes that a user finds in the manual, so that a slip in the table shows.
  const codes = [
    ['cannotExecute', 6],
    ['cannotOpenOutput', 7],
    ['cannotOpenInput', 8],
    ['transferOutputFailed', 12],
    ['transferInputFailed', 13],
    ['cannotUseIwd', 14],
    ['cannotUseAccount', 23],
    ['outOfResources', 34],
  ] as const;
  for (const [cause, code] of codes) {
    test(`${cause} is hold code ${code}`, () => {
      assert.equal(holdCode({ cause, subcode: 0, reason: '' }), code);
    });
  }

  test('is not asked where a peer has a code of its own', () => {
    assert.equal(holdCode({ cause: 'peer', code: 21, subcode: 3, reason: 'too hot' }), 21);
  });
});
