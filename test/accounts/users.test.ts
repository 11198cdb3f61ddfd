/** The users file is the upper limit: what is not in it, or cannot be trusted, is used by nobody. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type Host, USERS } from './support/host';
import { scenarios } from './support/inside';

const line2 = (name: string) => async (host: Host) => {
  host.users('guest1', name);
  assert.match(await host.refusal(), /\/run\/site\/users, line 2: /);
};

scenarios({
  'the users file': {
    'root cannot be listed': line2('root'),
    'root cannot be listed by number': line2('0'),
    'a system account cannot be listed': line2('daemon'),
    'nobody cannot be listed': line2('nobody'),
    "an account whose group is root's cannot be listed": line2('wheel'),

    'it must be root’s alone: mode, owner, link, another name': async (host) => {
      const spoilt: Readonly<Record<string, () => void>> = {
        'its mode is 0640': () => fs.chmodSync(USERS, 0o640),
        'belongs to uid 61001': () => fs.chownSync(USERS, 61001, 0),
        'it is a symbolic link': () => {
          fs.renameSync(USERS, `${USERS}.real`);
          fs.symlinkSync(`${USERS}.real`, USERS);
        },
        'it has 2 names': () => fs.linkSync(USERS, `${USERS}.too`),
        'no such file': () => fs.rmSync(USERS),
      };
      for (const [words, spoil] of Object.entries(spoilt)) {
        host.users('guest1');
        spoil();
        const text = await host.refusal();
        assert.ok(text.includes(USERS) && text.includes(words), text);
      }
    },

    'a line that names nobody is skipped, and the log says so': async (host) => {
      host.users('guest1', 'gone # left the house');
      await host.openWith(['guest1']);
      assert.match(host.log.join('\n'), /users, line 2: there is no account 'gone'/);
    },

    'it is read again when it changed: nothing more is begun on an account that left it': async (
      host,
    ) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary');
      host.users('guest2');
      host.bad(
        await host.ask('client', 'renew', { lease: lease!, seconds: 5 }),
        'not-allowed',
        /users file/,
      );
      host.bad(await host.ask('client', 'sandbox.make', { lease: lease! }), 'not-allowed');
      const found = host.book.find(lease!, host.caller('client'));
      assert.ok(found.ok, 'the lease goes on to its end');
      const family = { pid: process.pid, birthday: 1, cgroup: undefined };
      const added = host.book.addFamily(found.value, family);
      assert.equal(added.ok ? '' : added.error.code, 'not-allowed');
      assert.equal(host.good(await host.ask('client', 'release', { lease: lease! })).state, 'free');
      host.bad(await host.ask('client', 'lease', { owner: 'mary', seconds: 5 }), 'not-allowed');
    },

    'when it cannot be trusted any more no account is used, and the answer says why': async (
      host,
    ) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary');
      fs.chmodSync(USERS, 0o644);
      for (const [op, request] of [
        ['lease', { owner: 'bob', seconds: 5 }],
        ['renew', { lease: lease!, seconds: 5 }],
        ['sandbox.make', { lease: lease! }],
      ] as const) {
        host.bad(await host.ask('client', op, request), 'unsafe-config', /users: its mode is 0644/);
      }
      host.bad(await host.ask('root', 'account.add', { account: 'guest2' }), 'unsafe-config');
      fs.chmodSync(USERS, 0o600);
      host.good(await host.ask('client', 'renew', { lease: lease!, seconds: 5 }));
    },

    'a name that has another uid than when it was added is not used': async (host) => {
      await host.openWith(['guest1']);
      const passwd = fs.readFileSync('/etc/passwd', 'utf8');
      fs.writeFileSync('/etc/passwd', passwd.replace(':61021:61021:', ':61024:61024:'));
      host.users('guest1');
      const again = await host.ask('client', 'lease', { owner: 'mary', seconds: 5 });
      host.bad(again, 'not-allowed', /guest1 has uid 61024, but 61021 when it was added/);
    },
  },
});
