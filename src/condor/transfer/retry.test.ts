import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Logger } from '../../log';
import { statisticsOf } from './report';
import type { TransferFailure, TransferOutcome } from './requests';
import { withRetries } from './retry';

const gone: TransferFailure = { kind: 'gone', peer: '<1.2.3.4:5>', reason: 'closed' };
const hold: TransferFailure = { kind: 'hold', code: 13, subcode: 2, reason: 'no file' };

/** Runs attempts with these ends; gives what was slept, logged and returned. */
async function run(ends: readonly (TransferFailure | undefined)[], abortAfter = Infinity) {
  const slept: number[] = [];
  const lines: string[] = [];
  const controller = new AbortController();
  let made = 0;
  const attempt = (): Promise<TransferOutcome> => {
    const failure = ends[made];
    made += 1;
    return Promise.resolve({ statistics: statisticsOf(made, 0), failure });
  };
  const log = { always: (line: string) => void lines.push(line) } as unknown as Logger;
  const sleep = (seconds: number): Promise<void> => {
    slept.push(seconds);
    if (slept.length >= abortAfter) controller.abort();
    return Promise.resolve();
  };
  const options = { log, sleep, signal: controller.signal, pauses: [1, 5, 20] };
  const { failure, statistics } = await withRetries('input transfer', attempt, options);
  return { failure: failure?.kind, attempts: made, last: statistics.files, slept, lines };
}

describe('withRetries()', () => {
  test('makes one attempt where it goes well', async () => {
    const { attempts, slept, failure, lines } = await run([undefined]);
    assert.deepEqual([attempts, slept, failure, lines], [1, [], undefined, []]);
  });

  test('tries again with growing pauses when the peer is gone or asks for it', async () => {
    const again: TransferFailure = { kind: 'retry', reason: 'later' };
    const { attempts, slept, failure, last, lines } = await run([gone, again, undefined]);
    assert.deepEqual([attempts, slept, failure, last], [3, [1, 5], undefined, 3]);
    assert.equal(
      lines[0],
      'The input transfer failed (attempt 1 of 4): closed; trying again in 1 s',
    );
  });

  test('gives up after the last pause', async () => {
    const { attempts, slept, failure } = await run([gone, gone, gone, gone, undefined]);
    assert.deepEqual([attempts, slept, failure], [4, [1, 5, 20], 'gone']);
  });

  for (const failure of [
    hold,
    { kind: 'aborted', reason: '' },
    { kind: 'refused', peer: '', reason: '' },
    { kind: 'protocol', peer: '', reason: '' },
  ] as const) {
    test(`does not try again after: ${failure.kind}`, async () => {
      assert.equal((await run([failure, undefined])).attempts, 1);
    });
  }

  test('ends in the middle of a pause', async () => {
    const { attempts, failure } = await run([gone, gone, undefined], 1);
    assert.deepEqual([attempts, failure], [1, 'gone']);
  });
});
