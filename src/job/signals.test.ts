import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { LAST_SIGNAL, signalName, signalNumber } from './signals';

describe('signals', () => {
  test('every name that this kernel knows has its number', () => {
    const known = Object.entries(constants.signals);
    assert.ok(known.length > 30);
    for (const [name, number] of known) assert.equal(signalNumber(name), number, name);
  });

  test('every number has one name, and the name its number', () => {
    for (let number = 1; number <= 31; number += 1) {
      assert.equal(signalNumber(signalName(number)), number);
    }
  });

  test('case does not matter, the prefix does', () => {
    assert.equal(signalNumber('sigKill'), 9);
    assert.equal(signalNumber('KILL'), undefined);
    assert.equal(signalNumber('9'), undefined);
    assert.equal(signalNumber(''), undefined);
  });

  test('a real-time signal has a number only', () => {
    assert.equal(signalName(LAST_SIGNAL), 'signal 64');
  });
});
