import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageReader } from '../cedar/types';
import {
  admits,
  COMMANDS,
  type CommandName,
  type CommandSession,
  findCommand,
  readVacateRequest,
  signalRequest,
  SIGNALS,
} from './commands';
import { EXIT_STATUSES } from './exit-statuses';

/** A message of these values, each read once. */
function message(values: readonly (string | number)[]): MessageReader {
  const left = [...values];
  const next = (type: string): never => {
    const value = left.shift();
    assert.equal(typeof value, type);
    return value as never;
  };
  return { int: () => next('number'), string: () => next('string') } as unknown as MessageReader;
}

describe('the commands of a starter', () => {
  const rows: readonly (readonly [number, CommandName | undefined])[] = [
    [60000, 'DC_RAISESIGNAL'],
    [60005, 'DC_OFF_GRACEFUL'],
    [60011, 'DC_NOP'],
    [60020, 'DC_NOP'],
    [60029, 'DC_NOP'],
    [60030, undefined],
    [1500, 'STARTER_VACATE_JOB'],
    [1200, 'CA_CMD'],
    [1503, 'STARTER_PEEK'],
    [487, 'UPDATE_GSI_CRED'],
    [60008, undefined],
    [0, undefined],
  ];
  for (const [number, name] of rows) {
    test(`${number} is ${name ?? 'none'}`, () => assert.equal(findCommand(number), name));
  }

  test('have numbers of their own', () => {
    const numbers = Object.values(COMMANDS).map(({ number }) => number);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  const sessions: readonly (readonly [CommandName, readonly CommandSession[]])[] = [
    ['DC_RAISESIGNAL', ['parent', 'family']],
    ['STARTER_VACATE_JOB', ['parent', 'family']],
    ['CA_CMD', ['claim']],
    ['CREATE_JOB_OWNER_SEC_SESSION', ['claim']],
    ['START_SSHD', ['owner']],
    ['STARTER_PEEK', ['owner']],
    ['DC_NOP', ['parent', 'family', 'claim', 'owner']],
  ];
  for (const [name, allowed] of sessions) {
    test(`${name} comes from ${allowed.join(', ')} and nobody else`, () => {
      const all: readonly CommandSession[] = ['parent', 'family', 'claim', 'owner'];
      assert.deepEqual(
        all.filter((session) => admits(name, session)),
        allowed,
      );
    });
  }
});

describe('signals', () => {
  const rows = [
    [100, 'suspend'],
    [101, 'continue'],
    [102, 'soft-kill'],
    [15, 'soft-kill'],
    [103, 'hard-kill'],
    [3, 'hard-kill'],
    [105, 'remove'],
    [10, 'remove'],
    [106, 'hold'],
    [1, 'reconfigure'],
    [9, undefined],
    [0, undefined],
  ] as const;
  for (const [number, request] of rows) {
    test(`${number} asks for ${request ?? 'nothing'}`, () =>
      assert.equal(signalRequest(number), request));
  }

  test('have numbers of their own', () => {
    const numbers = Object.values(SIGNALS).map(({ number }) => number);
    assert.equal(new Set(numbers).size, numbers.length);
  });
});

describe('STARTER_VACATE_JOB', () => {
  const rows = [
    ['Claim deactivated', 1009, 0, 1, 'vacate', true],
    ['', 1000, 0, 0, 'vacate', false],
    ['memory usage exceeded', 34, 102, 1, 'hold', true],
    ['policy', 21, 0, 0, 'hold', false],
    ['no code', 0, 0, 1, 'vacate', true],
    ['negative', -1, 0, 1, 'vacate', true],
    ['', 21, -1000, 1, 'vacate', true],
    ['', 21, -999, 1, 'hold', true],
    ['', 999, 0, 1, 'hold', true],
  ] as const;
  for (const [reason, code, subcode, flag, kind, soft] of rows) {
    test(`with ${code}, ${subcode}, ${flag} is a ${soft ? 'soft' : 'hard'} ${kind}`, () => {
      assert.deepEqual(readVacateRequest(message([reason, code, subcode, flag])), {
        kind,
        reason,
        code,
        subcode,
        soft,
      });
    });
  }
});

test('the statuses that break a slot are 15 to 18', () => {
  assert.deepEqual(
    Object.values(EXIT_STATUSES).filter((status) => status > 3),
    [15, 16, 17, 18],
  );
});
