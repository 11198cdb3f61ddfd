import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckedRow } from './check';
import { formatJson, formatTable } from './table';

const NODE: CheckedRow = {
  topic: 'Program',
  id: 'node',
  title: 'Node.js',
  neededFor: 'everything',
  state: 'ok',
  found: '20.20.2',
};
const KEYS: CheckedRow = {
  topic: 'Isolation',
  id: 'keyring',
  title: 'session keyring',
  neededFor: 'jobs',
  state: 'limited',
  found: 'refused',
  remedy: 'allow keyctl(2)',
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

describe('formatTable()', () => {
  test('groups rows by topic, aligns columns, and says how to get what is missing', () => {
    assert.equal(
      formatTable([NODE, KEYS, PROC], false),
      `Program
  ok       Node.js          everything  20.20.2

Isolation
  limited  session keyring  jobs        refused
           get it: allow keyctl(2)
  missing  a new /proc      jobs        Operation not permitted
           get it: uncover /proc
`,
    );
  });

  test('says once how to get what several rows in turn lack for the same reason', () => {
    const table = formatTable([PROC, { ...PROC, title: 'chroot' }, KEYS, PROC], false);
    assert.deepEqual(table.match(/get it: .*/g), [
      'get it: uncover /proc',
      'get it: allow keyctl(2)',
      'get it: uncover /proc',
    ]);
  });

  test('paints the state alone', () => {
    const [, line] = formatTable([NODE], true).split('\n');
    assert.equal(line, '  \u001b[32mok     \u001b[0m  Node.js  everything  20.20.2');
  });
});

describe('formatJson()', () => {
  test('gives every row with every key', () => {
    assert.deepEqual(JSON.parse(formatJson([NODE, PROC])), [
      {
        id: 'node',
        topic: 'Program',
        title: 'Node.js',
        state: 'ok',
        found: '20.20.2',
        neededFor: 'everything',
        remedy: null,
        preventsJobs: false,
      },
      {
        id: 'proc',
        topic: 'Isolation',
        title: 'a new /proc',
        state: 'missing',
        found: 'Operation not permitted',
        neededFor: 'jobs',
        remedy: 'uncover /proc',
        preventsJobs: true,
      },
    ]);
  });
});
