/** Leasing accounts: to whom, for how long, and never one guest twice. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { ACCOUNTS, type Host, processesOf, runAs } from './support/host';
import { scenarios } from './support/inside';
import { waitUntil } from '../support/wait';

const free = async (host: Host, account: string): Promise<boolean> =>
  (await host.entry(account))?.state === 'free';

scenarios({
  leases: {
    'an owner with an account gets that one, others get a guest each': async (host) => {
      await host.openWith(['john', 'guest1', 'guest2']);
      const john = await host.lease('client', 'john@example.org');
      assert.deepEqual(
        [john.account, john.kind, john.uid, john.gid, john.home],
        ['john', 'local', 61010, 61010, '/home/john'],
      );
      assert.deepEqual(host.noted, {
        owner: 'john@example.org',
        lease: john.lease,
        account: 'john',
      });
      const first = await host.lease('client', 'mary');
      const second = await host.lease('other', 'mary');
      assert.deepEqual([first.account, second.account].sort(), ['guest1', 'guest2']);
      host.bad(
        await host.ask('client', 'lease', { owner: 'mary', seconds: 5 }),
        'busy',
        /none of 2/,
      );
      const released = host.good(await host.ask('client', 'release', { lease: first.lease! }));
      assert.equal(released.state, 'free');
      assert.equal((await host.lease('other', 'bob')).account, first.account);
    },

    'an owner’s own account can be leased several times at once': async (host) => {
      await host.openWith(['john']);
      const one = await host.lease('client', 'john@example.org');
      const two = await host.lease('other', 'john@example.org');
      assert.notEqual(one.lease, two.lease);
      host.good(await host.ask('client', 'release', { lease: one.lease! }));
      assert.ok(host.book.find(two.lease!, host.caller('other')).ok);
    },

    'owners are compared byte for byte': async (host) => {
      await host.openWith(['john', 'guest1', 'guest2', 'guest3']);
      // The same letter, composed otherwise; another case; a blank.
      for (const owner of ['John@example.org', 'john@example.org ', 'jo\u0301hn@example.org']) {
        assert.equal((await host.lease('client', owner)).kind, 'guest');
      }
    },

    'owners are text on one line, of a bounded length': async (host) => {
      await host.openWith(['guest1']);
      for (const owner of [
        '',
        'a\nb',
        'a\u0000b',
        'a\u001b[2Jb',
        'a\u2028b',
        '\ud800',
        'é'.repeat(513),
      ]) {
        const answer = await host.ask('client', 'lease', { owner, seconds: 5 });
        assert.equal(answer.ok ? 'leased' : answer.error, 'syntax', JSON.stringify(owner));
      }
      await host.lease('client', 'é'.repeat(512));
    },

    'a client gets its lease again on the account that it prefers, and nobody else’s': async (
      host,
    ) => {
      await host.openWith(['guest1', 'guest2']);
      const first = await host.lease('client', 'mary', { prefer: 'guest2' });
      assert.equal(first.account, 'guest2');
      const again = await host.lease('client', 'mary', { prefer: 'guest2', seconds: 500 });
      assert.equal(again.lease, first.lease);
      assert.ok(Number(again.expiry) >= Number(first.expiry) + 390);
      assert.equal((await host.lease('other', 'mary', { prefer: 'guest2' })).account, 'guest1');
      const bob = { owner: 'bob', seconds: 5, prefer: 'guest2' };
      host.bad(await host.ask('client', 'lease', bob), 'busy');
    },

    'an id of another client, of nobody, or of a lease that is over opens nothing': async (
      host,
    ) => {
      await host.openWith(['guest1', 'guest2']);
      const { lease } = await host.lease('client', 'mary');
      const operations = [
        ['renew', { seconds: 5 }],
        ['release', {}],
        ['sandbox.make', {}],
        ['sandbox.give', { sandbox: 'dir_1', to: 'client' }],
        ['sandbox.remove', { sandbox: 'dir_1' }],
        ['sandbox.measure', { sandbox: 'dir_1' }],
      ] as const;
      for (const [op, more] of operations) {
        const stolen = await host.ask('other', op, { lease: lease!, ...more });
        const guessed = await host.ask('other', op, { lease: 'f'.repeat(32), ...more });
        assert.deepEqual(stolen, guessed, 'who asks for another’s learns nothing');
        host.bad(stolen, 'no-lease');
        assert.equal((await host.ask('other', op, { lease: '../x', ...more })).ok, false);
      }
      host.good(await host.ask('client', 'release', { lease: lease! }));
      for (const [op, more] of operations) {
        host.bad(await host.ask('client', op, { lease: lease!, ...more }), 'no-lease');
      }
      assert.equal(host.book.find(lease!, host.caller('root')).ok, false);
    },

    'root may use any lease': async (host) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary');
      assert.ok(host.book.find(lease!, host.caller('root')).ok);
      host.good(await host.ask('root', 'release', { lease: lease! }));
    },

    'a lease is for a limited time, and can be renewed': async (host) => {
      await host.openWith(['john', 'guest1'], { limits: { guest: 1000, local: 2000 } });
      const now = Math.floor(Date.now() / 1000);
      const near = (got: unknown, wanted: number) =>
        assert.ok(Math.abs(Number(got) - wanted) < 10, `${String(got)} ${wanted}`);
      const guest = await host.lease('client', 'mary', { seconds: 5000 });
      near(guest.expiry, now + 1000);
      near((await host.lease('client', 'john@example.org', { seconds: 5000 })).expiry, now + 2000);
      const renew = async (seconds: number) =>
        host.good(await host.ask('client', 'renew', { lease: guest.lease!, seconds })).expiry;
      near(await renew(9999), now + 1000);
      // A renewal never shortens it.
      near(await renew(1), now + 1000);
    },

    'it ends by itself, and its account is free for the next': async (host) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary', { seconds: 1 });
      await waitUntil(() => free(host, 'guest1'), 'the guest to be free');
      assert.deepEqual(
        host.ends.map(({ account, client, lease: id, owner, trouble, why }) => [
          ...[account, client, id === lease, owner, trouble, why],
        ]),
        [['guest1', 61001, true, 'mary', undefined, 'expired']],
      );
      host.bad(await host.ask('client', 'renew', { lease: lease!, seconds: 5 }), 'no-lease');
    },

    'what has had its time is ended also when nothing can be written, and cleaned when it can':
      async (host) => {
        await host.openWith(['guest1'], { retry: 1 });
        await host.lease('client', 'mary', { seconds: 1 });
        runAs('guest1', 'sleep 1000 > /dev/null 2>&1 &');
        fs.mkdirSync(`${ACCOUNTS}.new`);
        await waitUntil(() => processesOf('guest1').length === 0, 'its process to end');
        fs.rmdirSync(`${ACCOUNTS}.new`);
        await waitUntil(() => free(host, 'guest1'), 'the guest to be free');
      },

    'what runs is ended first, and nothing is begun meanwhile': async (host) => {
      const told: string[] = [];
      let begun = false;
      host.users('guest1');
      await host.open(
        {},
        {
          async endFamilies(lease, grace) {
            told.push(`${lease.account.name} ${grace}`);
            const family = { pid: 4242, birthday: 1, cgroup: undefined };
            const added = host.book.addFamily(lease, family);
            told.push(added.ok ? 'begun' : added.error.code);
            begun = true;
            await new Promise((resolve) => setTimeout(resolve, 200));
          },
        },
      );
      host.good(await host.ask('root', 'account.add', { account: 'guest1' }));
      const { lease } = await host.lease('client', 'mary');
      const released = host.ask('client', 'release', { lease: lease! });
      await waitUntil(() => begun, 'the end to begin');
      assert.equal((await host.entry('guest1'))?.state, 'draining');
      host.bad(await host.ask('client', 'sandbox.make', { lease: lease! }), 'expired');
      host.bad(await host.ask('client', 'lease', { owner: 'bob', seconds: 5 }), 'busy');
      host.good(await released);
      assert.deepEqual(told, ['guest1 10', 'expired']);
    },

    'the account of a client is no guest, nor is one of who asks': async (host) => {
      host.users('client', 'guest1', 'guest2');
      await host.open({ isClient: (uid) => uid === 61021 });
      const added = await host.ask('root', 'account.add', { account: 'guest1', dedicated: true });
      host.bad(added, 'not-allowed', /may speak to this daemon/);
      host.good(await host.ask('root', 'account.add', { account: 'client' }));
      const own = await host.ask('client', 'lease', { owner: 'mary', seconds: 5 });
      host.bad(own, 'not-allowed', /client is the account of a client/);
    },

    'two hundred clients at once never share a guest': async (host) => {
      await host.openWith(['guest1', 'guest2', 'guest3']);
      const holders = new Map<string, number>();
      let leased = 0;
      let busy = 0;
      const client = async (number: number): Promise<void> => {
        for (let attempt = 0; attempt < 4; attempt++) {
          const who = number % 2 === 0 ? 'client' : 'other';
          const answer = await host.ask(who, 'lease', { owner: `owner ${number}`, seconds: 100 });
          if (!answer.ok) {
            assert.equal(answer.error, 'busy', answer.text);
            busy++;
            await new Promise((resolve) => setTimeout(resolve, 20));
            continue;
          }
          const account = answer.account as string;
          assert.equal(holders.get(account), undefined, `${account} has two holders`);
          holders.set(account, number);
          leased++;
          await new Promise((resolve) => setTimeout(resolve, 5));
          holders.delete(account);
          host.good(await host.ask(who, 'release', { lease: answer.lease as string }));
          return;
        }
      };
      await Promise.all(Array.from({ length: 200 }, (_, number) => client(number)));
      assert.ok(leased >= 3 && busy > 0, `${leased} leased, ${busy} busy`);
      for (const account of ['guest1', 'guest2', 'guest3']) assert.ok(await free(host, account));
    },
  },
});
