import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { accountById, accountByName, parseAccount } from './accounts';

/** id(1)'s answer, which asks the same name service by its own means. */
function id(...args: readonly string[]): string {
  return execFileSync('id', [...args], { encoding: 'utf8' }).trim();
}

describe('accountByName()', () => {
  for (const name of ['root', 'nobody', 'daemon']) {
    test(`tells of ${name} what id(1) tells`, () => {
      const account = accountByName(name);
      assert.ok(account);
      assert.equal(account.name, name);
      assert.equal(String(account.uid), id('-u', name));
      assert.equal(String(account.gid), id('-g', name));
      assert.deepEqual(new Set(account.groups.map(String)), new Set(id('-G', name).split(' ')));
    });
  }

  test('gives home and shell', () => {
    assert.deepEqual(
      [accountByName('root')?.home, accountByName('root')?.shell],
      execFileSync('getent', ['passwd', 'root'], { encoding: 'utf8' }).trim().split(':').slice(5),
    );
  });

  for (const name of ['no-such-account', '', 'a:b', 'root\0x', 'x'.repeat(10_000)]) {
    test(`there is no ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.equal(accountByName(name), undefined);
    });
  }
});

describe('accountById()', () => {
  test('finds the same account as its name', () => {
    assert.deepEqual(accountById(0), accountByName('root'));
  });

  test('there is none with the largest uid', () => {
    assert.equal(accountById(2 ** 32 - 2), undefined);
  });
});

describe('parseAccount()', () => {
  test('reads all fields', () => {
    assert.deepEqual(parseAccount('alice\x001000\x00100\0/home/alice\0/bin/sh\x00100\x0027\0'), {
      name: 'alice',
      uid: 1000,
      gid: 100,
      groups: [100, 27],
      home: '/home/alice',
      shell: '/bin/sh',
    });
  });

  test('takes an account without home, shell or groups', () => {
    assert.deepEqual(parseAccount('x\x001\x002\0\0\0'), {
      name: 'x',
      uid: 1,
      gid: 2,
      groups: [],
      home: '',
      shell: '',
    });
  });
});
