import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accountLines, readAccounts } from './table';

const EXPIRY = Math.floor(new Date(2031, 4, 1, 12, 3).getTime() / 1000);

describe('accountLines()', () => {
  test('has a line for each lease, and for an account without one', () => {
    const accounts = readAccounts({
      accounts: [
        {
          ...{ account: 'guest1', uid: 7, kind: 'guest', state: 'leased', families: [1] },
          leases: [{ lease: 'x', owner: 'mary@site', client: 12, start: 1, expiry: EXPIRY }],
          processes: [4711, 4712],
        },
        {
          ...{ account: 'guest2', uid: 8, kind: 'guest', state: 'quarantined', families: [] },
          ...{ leases: [], processes: [], reason: 'Cannot clean /tmp: \u001b[2J' },
        },
        {
          ...{ account: 'john', uid: 9, kind: 'local', owner: 'john@site', state: 'leased' },
          leases: [1, 2].map((client) => ({
            owner: 'john@site',
            client,
            start: 1,
            expiry: EXPIRY,
          })),
          families: Array.from({ length: 10 }, (_, pid) => pid + 1),
        },
      ],
    });
    assert.ok(accounts);
    assert.deepEqual(
      accountLines(accounts, (uid) => (uid === 12 ? 'condor' : undefined)),
      [
        'ACCOUNT KIND  STATE       OWNER     CLIENT UNTIL            PROCESSES',
        'guest1  guest leased      mary@site condor 2031-05-01 12:03 4711 4712',
        'guest2  guest quarantined -         -      -                -',
        '  guest2: Cannot clean /tmp: \\x1b[2J',
        'john    local leased      john@site 1      2031-05-01 12:03 1 2 3 4 5 6 7 8 and 2 more',
        '                          john@site 2      2031-05-01 12:03',
      ],
    );
  });

  test('says how to get accounts where there are none', () => {
    assert.deepEqual(accountLines([]), ['The daemon has no accounts: eyrie account add USER']);
  });
});

describe('readAccounts()', () => {
  test('takes no other answer', () => {
    for (const accounts of [7, {}, [7], [{}], [{ account: 'x', kind: 1, state: 'free' }]]) {
      assert.equal(readAccounts({ accounts }), undefined);
    }
    assert.equal(readAccounts({}), undefined);
  });
});
