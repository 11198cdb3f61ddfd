import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckedRow } from './check';
import { obstacleLine, settle } from './verdict';

const KEYS: CheckedRow = {
  topic: 'Kernel interfaces',
  id: 'session-keyring',
  title: 'session keyring',
  neededFor: 'jobs',
  state: 'limited',
  found: 'refused',
};
const PROC: CheckedRow = {
  ...KEYS,
  id: 'proc',
  title: 'a new /proc',
  state: 'missing',
  found: 'Operation not permitted',
  remedy: 'uncover /proc',
  prevents: true,
};
const JOB_RAN: CheckedRow = { ...KEYS, id: 'job', title: 'a job', state: 'ok', found: 'it ran' };
const JOB_FAILED: CheckedRow = { ...JOB_RAN, state: 'missing', found: 'held', prevents: true };

describe('settle()', () => {
  test('where the trial job ran, nothing prevents jobs', () => {
    const rows = settle([KEYS, PROC, JOB_RAN]);
    assert.deepEqual(
      rows.map((row) => [row.id, row.state, row.prevents]),
      [
        ['session-keyring', 'limited', undefined],
        ['proc', 'missing', undefined],
        ['job', 'ok', undefined],
      ],
    );
  });

  test('where it did not, all stays as it was found', () => {
    assert.deepEqual(settle([KEYS, PROC, JOB_FAILED]), [KEYS, PROC, JOB_FAILED]);
  });
});

describe('obstacleLine()', () => {
  test('is nothing where no row prevents jobs', () => {
    assert.equal(obstacleLine([KEYS, JOB_RAN]), undefined);
  });

  test('names the first row that does, and the remedy', () => {
    assert.equal(
      obstacleLine([KEYS, PROC, JOB_FAILED]),
      'no job can run here: a new /proc: Operation not permitted (uncover /proc)',
    );
  });

  test('does without a remedy where there is none', () => {
    const { remedy: _, ...bare } = PROC;
    assert.equal(obstacleLine([bare]), 'no job can run here: a new /proc: Operation not permitted');
  });
});
