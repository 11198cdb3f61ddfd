import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inOrder } from '../../starter/families/list-families';
import type { Family } from '../../starter/families/types';
import { branches, familyTable } from './table';

function family(pid: number, parent?: number, more: Partial<Family> = {}): Family {
  return {
    pid,
    parent,
    job: undefined,
    user: 'condor',
    command: `p${pid}`,
    state: 'running',
    usage: {
      processes: 1,
      userCpu: 1,
      systemCpu: 0.5,
      percentCpu: 12.34,
      imageSize: 2048,
      resident: 1024,
      proportional: undefined,
    },
    procd: '/procd',
    ...more,
  };
}

describe('the tree of families', () => {
  test('hangs each below the one above, by pid', () => {
    const ordered = inOrder(
      [5, 4, 3, 2, 1, 6].map((pid) => family(pid, [0, 0, 1, 1, 2, 4, 0][pid] || undefined)),
    );
    assert.deepEqual(
      ordered.map(({ pid }) => pid),
      [1, 2, 4, 5, 3, 6],
    );
    assert.deepEqual(branches(ordered), ['', '├─ ', '│  └─ ', '│     └─ ', '└─ ', '']);
  });

  test('has each once, though a procd should tell of one above itself, or of a circle', () => {
    const ordered = inOrder([family(1, 1), family(9, 7), family(2, 3), family(3, 2)]);
    assert.deepEqual(
      ordered.map(({ pid }) => pid),
      [1, 9, 2, 3],
    );
    assert.deepEqual(branches(ordered), ['', '', '', '└─ ']);
  });

  test('keeps the families of two procds apart', () => {
    const ordered = inOrder([
      family(1),
      family(2, 1, { procd: '/other' }),
      family(1, undefined, { procd: '/other' }),
    ]);
    assert.deepEqual(
      ordered.map(({ pid, procd }) => `${procd ?? ''}${pid}`),
      ['/procd1', '/other1', '/other2'],
    );
  });
});

describe('the table of families', () => {
  test('has a line for each, under titles', () => {
    const job = { cluster: 12, proc: 0 } as Family['job'];
    const usage = {
      processes: 5000,
      userCpu: 3700,
      systemCpu: 61,
      percentCpu: 100,
      imageSize: 3 * 2 ** 20,
      resident: 2 ** 20,
      proportional: 10,
    };
    assert.deepEqual(
      familyTable([
        family(812),
        family(90_123, 812, { job, user: 'alice', command: '/bin/x', usage, state: 'suspended' }),
      ]),
      [
        '  PID JOB  USER   PROCS     CPU  %CPU  RSS   PSS IMAGE STATE     FAMILY',
        '  812 -    condor     1    1.50  12.3 1MiB     -  2MiB running   p812',
        '90123 12.0 alice   5000 1:02:41 100.0 1GiB 10KiB  3GiB suspended └─ /bin/x',
      ],
    );
  });

  test('shows what a job is called without its steering of terminals', () => {
    const [, line] = familyTable([family(1, undefined, { command: 'x\u001b[2J\ny' })]);
    assert.match(line ?? '', /x\\x1b\[2J\\x0ay$/);
  });
});
