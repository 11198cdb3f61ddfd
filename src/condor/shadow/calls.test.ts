import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RUNS } from '../../../test/shadow/recorded';
import { type CallRow, CALLS } from './calls';
import { EXIT_REASONS } from './exit-reasons';

const rows: readonly CallRow[] = Object.values(CALLS);

/** Type of a recorded value. */
function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'ad' : typeof value === 'number' ? 'int' : 'string';
}

describe('the table of calls', () => {
  test('has each number once', () => {
    assert.equal(new Set(rows.map(({ number }) => number)).size, rows.length);
  });

  test('says of requests and replies what genuine daemons did', () => {
    const seen = new Set<number>();
    for (const [name, { calls }] of RUNS) {
      for (const { rpc, req, rep } of calls) {
        const row = rows.find(({ number }) => number === rpc);
        if (row === undefined) continue;
        seen.add(rpc);
        assert.deepEqual(req.map(typeOf), [...row.arguments], `${name}: ${row.symbol}`);
        if (rep === 'none') assert.equal(row.reply, 'none', row.symbol);
        if (typeof rep === 'string') continue;
        const values = typeof row.reply === 'string' ? [] : row.reply;
        assert.deepEqual(rep.slice(1).map(typeOf), [...values], `${name}: ${row.symbol}`);
      }
    }
    // No recorded job was of a site with SOFT_UID_DOMAIN.
    const unseen = rows.filter(({ number }) => !seen.has(number)).map(({ symbol }) => symbol);
    assert.deepEqual(unseen, ['CONDOR_get_user_info']);
  });
});

describe('the table of exit reasons', () => {
  test('has each number once', () => {
    const numbers = Object.values(EXIT_REASONS).map(({ number }) => number);
    assert.equal(new Set<number>(numbers).size, numbers.length);
  });

  test('has those that genuine starters gave', () => {
    const numbers: readonly number[] = Object.values(EXIT_REASONS).map(({ number }) => number);
    const given = [...RUNS.values()]
      .flatMap(({ calls }) => calls)
      .filter(({ rpc }) => rpc === CALLS.jobExit.number)
      .map(({ req }) => Number(req[1]));
    assert.ok(given.length >= 5);
    for (const number of given) assert.ok(numbers.includes(number), `${number}`);
  });
});
