import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findJob } from './find-job';
import type { RunningJob } from './read-records';

/** A job that runs, as far as looking it up goes. */
function job(pid: number, cluster: number, proc: number, more: Partial<RunningJob> = {}) {
  const starter = { pid, startTime: '1', pidNamespace: '', bootId: '' };
  return { starter, cluster, proc, user: 'alice', slot: 'slot1', ...more } as RunningJob;
}

const JOBS = [job(100, 12, 0), job(101, 12, 1), job(102, 13, 0)];

function found(word: string, jobs: readonly RunningJob[] = JOBS): number | string {
  const answer = findJob(word, jobs, true);
  return answer.ok ? answer.value.starter.pid : answer.error;
}

describe('a job is found', () => {
  for (const [word, pid] of [
    ['12.0', 100],
    ['12.1', 101],
    ['013.00', 102],
    ['102', 102],
  ] as const) {
    test(`by ${word}`, () => assert.equal(found(word), pid));
  }
});

describe('no job is found, and a sentence says why,', () => {
  for (const [what, word, jobs, sentence] of [
    [
      'where none has the number',
      '14.0',
      JOBS,
      'no job 14.0 runs here: there runs 12.0, 12.1, 13.0',
    ],
    ['where none runs', '14.0', [], 'no job 14.0 runs here: none does; it may have ended'],
    [
      'where the pid is no starter’s',
      '99',
      JOBS,
      'process 99 is no starter with a job that runs: there runs 12.0, 12.1, 13.0',
    ],
    [
      'where it is a cluster’s number',
      '12',
      JOBS,
      'process 12 is no starter with a job that runs; of cluster 12 there runs 12.0, 12.1',
    ],
    [
      'where it is a word',
      'twelve',
      JOBS,
      "'twelve' is no job: expected cluster.proc, as in 12.0, or the pid of a starter",
    ],
  ] as const) {
    test(what, () => assert.equal(found(word, jobs), sentence));
  }

  test('to an ordinary user with a word about the jobs of others', () => {
    const answer = findJob('12.0', [], false);
    assert.match(answer.ok ? '' : answer.error, /of yours: root sees those of other users/);
  });

  test('where several have the number, with what tells them apart', () => {
    const jobs = [
      job(100, 12, 0, { globalId: 'one.example.org#12.0#1700000000' }),
      job(101, 12, 0, { globalId: 'two\u001b[2J#12.0#1', slot: '' }),
      job(102, 12, 0, { user: 'bob' }),
    ];
    assert.equal(
      found('12.0', jobs),
      [
        '3 jobs 12.0 run here; name the pid of the starter:',
        '  100  of alice, of one.example.org, slot1',
        '  101  of alice, of two\\x1b[2J',
        '  102  of bob, by hand, slot1',
      ].join('\n'),
    );
    assert.equal(found('101', jobs), 101);
  });
});
