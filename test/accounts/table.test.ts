/** The table of accounts: what may be added, what is told of it, and that nothing of it is lost. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { ACCOUNTS, callerOf, EXECUTE, runAs } from './support/host';
import { scenarios } from './support/inside';

scenarios({
  'the table of accounts': {
    'only root adds and removes': async (host) => {
      await host.openWith(['guest1']);
      for (const op of ['account.add', 'account.remove']) {
        host.bad(await host.ask('client', op, { account: 'guest1' }), 'denied');
      }
    },

    'what the users file does not list, or nobody knows, is not added': async (host) => {
      await host.open();
      const add = (account: string) => host.ask('root', 'account.add', { account });
      host.bad(await add('stranger'), 'not-allowed', /stranger is not in the users file/);
      host.bad(await add('nobody'), 'not-allowed');
      host.bad(await add('root'), 'not-allowed');
      host.bad(await add('unheard-of'), 'no-account');
      for (const account of ['../passwd', '-rf', '0', 'a b', '']) {
        assert.equal((await add(account)).ok, false, account);
      }
      host.bad(await host.ask('root', 'account.remove', { account: 'guest1' }), 'no-account');
    },

    'an account is added once, and an owner has one': async (host) => {
      await host.openWith(['john', 'guest1']);
      const add = (account: string, owner?: string) =>
        host.ask('root', 'account.add', { account, ...(owner === undefined ? {} : { owner }) });
      host.bad(await add('guest1'), 'not-allowed', /added already/);
      host.bad(await add('guest2', 'john@example.org'), 'not-allowed', /john is this owner/);
      fs.appendFileSync('/etc/passwd', 'alias:x:61021:61021::/nonexistent:/bin/sh\n');
      host.bad(await add('alias'), 'not-allowed', /guest1 \(uid 61021\) was added already/);
    },

    'an account with processes is no guest, unless it is dedicated': async (host) => {
      await host.open();
      runAs('guest1', 'sleep 1000 > /dev/null 2>&1 &');
      const add = (more: object) => host.ask('root', 'account.add', { account: 'guest1', ...more });
      host.bad(await add({}), 'not-allowed', /guest1 has processes \(\d+\)/);
      host.good(await add({ dedicated: true }));
      assert.equal(((await host.entry('guest1'))?.processes as number[]).length, 1);
    },

    'an account whose home has files is no guest, unless it is somebody’s': async (host) => {
      await host.open();
      fs.mkdirSync('/home/guest1');
      fs.chownSync('/home/guest1', 61021, 61021);
      host.good(await host.ask('root', 'account.add', { account: 'guest1' }));
      host.good(await host.ask('root', 'account.remove', { account: 'guest1' }));
      fs.writeFileSync('/home/guest1/.profile', '');
      const request = { account: 'guest1' };
      host.bad(await host.ask('root', 'account.add', request), 'not-allowed', /\/home\/guest1/);
      host.good(await host.ask('root', 'account.add', { ...request, owner: 'mary' }));
    },

    'the list tells leases and what runs; ids of leases only to those who have them': async (
      host,
    ) => {
      await host.openWith(['john', 'guest1']);
      const { lease } = await host.lease('client', 'mary');
      const pid = Number(runAs('guest1', 'sleep 1000 > /dev/null 2>&1 & echo $!'));
      const list = async (who: 'client' | 'other') => {
        const { accounts } = host.good(await host.ask(who, 'account.list'));
        return accounts as unknown as readonly Record<string, unknown>[];
      };
      const [john, guest] = await list('client');
      assert.deepEqual(john, {
        ...{ account: 'john', uid: 61010, kind: 'local', owner: 'john@example.org' },
        ...{ state: 'free', leases: [], families: [] },
      });
      assert.deepEqual([guest?.state, guest?.processes], ['leased', [pid]]);
      const [own] = guest?.leases as readonly Record<string, unknown>[];
      assert.deepEqual([own?.lease, own?.owner, own?.client], [lease, 'mary', 61001]);
      const [others] = (await list('other'))[1]?.leases as readonly Record<string, unknown>[];
      assert.deepEqual(Object.keys(others ?? {}), ['owner', 'client', 'start', 'expiry']);
    },

    'an account that is removed while it is leased goes with its lease': async (host) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary');
      const removed = host.good(await host.ask('root', 'account.remove', { account: 'guest1' }));
      assert.equal(removed.state, 'draining');
      assert.equal((await host.entry('guest1'))?.state, 'draining');
      const add = await host.ask('root', 'account.add', { account: 'guest1' });
      host.bad(add, 'not-allowed', /draining/);
      host.good(await host.ask('client', 'renew', { lease: lease!, seconds: 10 }));
      const released = host.good(await host.ask('client', 'release', { lease: lease! }));
      assert.equal(released.state, 'removed');
      assert.equal(await host.entry('guest1'), undefined);
      host.bad(await host.ask('client', 'lease', { owner: 'mary', seconds: 5 }), 'no-account');
    },

    'the accounts file must be root’s alone, and whole': async (host) => {
      await host.openWith(['guest1']);
      await host.lease('client', 'mary');
      const whole = fs.readFileSync(ACCOUNTS, 'utf8');
      const { mode, uid } = fs.statSync(ACCOUNTS);
      assert.deepEqual([mode & 0o7777, uid], [0o600, 0]);
      await host.close();
      const damages: Readonly<Record<string, string>> = {
        'it is not JSON': whole.slice(0, -20),
        'its version is 2': whole.replace('"version":1', '"version":2'),
        'a lease is of kind "friend"': whole.replace('"kind":"guest"', '"kind":"friend"'),
        'uid is 0': whole.replaceAll('"uid":61021', '"uid":0'),
        'no object': '[]',
        'it is no': '7',
      };
      for (const [words, text] of Object.entries(damages)) {
        fs.writeFileSync(ACCOUNTS, text);
        const told = await host.refusal();
        assert.ok(told.includes(`${ACCOUNTS} is damaged`) && told.includes(words), told);
        assert.equal(fs.readFileSync(ACCOUNTS, 'utf8'), text, 'it is left as it is');
      }
      fs.writeFileSync(ACCOUNTS, '');
      assert.match(await host.refusal(), /damaged/);
      fs.writeFileSync(ACCOUNTS, whole);
      fs.chmodSync(ACCOUNTS, 0o644);
      assert.match(await host.refusal(), /accounts: its mode is 0644/);
      fs.chmodSync(ACCOUNTS, 0o600);
      // What a daemon left that was killed while it wrote.
      fs.writeFileSync(`${ACCOUNTS}.new`, whole.slice(0, 50), { mode: 0o600 });
      await host.open();
      assert.equal((await host.entry('guest1'))?.state, 'leased');
    },

    'what cannot be written is not done': async (host) => {
      await host.openWith(['guest1']);
      fs.mkdirSync(`${ACCOUNTS}.new`);
      host.bad(
        await host.ask('client', 'lease', { owner: 'mary', seconds: 5 }),
        'internal',
        /accounts/,
      );
      assert.equal((await host.entry('guest1'))?.state, 'free');
      fs.rmdirSync(`${ACCOUNTS}.new`);
      await host.lease('client', 'mary');
    },

    'two daemons do not have one accounts file': async (host) => {
      await host.open();
      assert.match(
        await host.refusal(),
        /another daemon has the accounts file \/run\/site\/accounts/,
      );
    },

    '--execute must be root’s alone, and is made where it is missing': async (host) => {
      await host.open();
      assert.equal(fs.statSync(EXECUTE).mode & 0o7777, 0o755);
      await host.close();
      for (const [spoil, words] of [
        [() => fs.chmodSync(EXECUTE, 0o1777), /others than root may write/],
        [() => fs.chownSync(EXECUTE, 61001, 0), /belongs to uid 61001/],
      ] as const) {
        spoil();
        assert.match(await host.refusal(), words);
      }
    },

    'all of it is there again for the next daemon': async (host) => {
      await host.openWith(['john', 'guest1']);
      const { lease } = await host.lease('client', 'mary');
      const before = host.good(await host.ask('root', 'account.list'));
      await host.close();
      await host.open();
      assert.deepEqual(host.good(await host.ask('root', 'account.list')), before);
      assert.ok(host.book.find(lease!, callerOf('client')).ok);
    },
  },
});
