/** Sandboxes go between a lease's client and its account, and nothing else does: R19 to R23. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { waitUntil } from '../support/wait';
import { EXECUTE, type Host, runAs, UIDS } from './support/host';
import { scenarios } from './support/inside';

/** A lease of client's on guest1 with a sandbox that the client filled. */
async function filled(host: Host, script = 'mkdir d; echo in > d/file; ln -s /etc/passwd link') {
  if (host.accounts === undefined) await host.openWith(['guest1']);
  const { lease } = await host.lease('client', 'mary');
  const { path, sandbox } = host.good(await host.ask('client', 'sandbox.make', { lease: lease! }));
  runAs('client', `cd ${path}; ${script}`);
  return new Sandbox(host, lease!, sandbox!, path!);
}

class Sandbox {
  constructor(
    readonly host: Host,
    readonly lease: string,
    readonly sandbox: string,
    readonly path: string,
  ) {}

  give(to: string, who: 'client' | 'other' = 'client') {
    return this.host.ask(who, 'sandbox.give', { lease: this.lease, sandbox: this.sandbox, to });
  }

  ask(op: string, who: 'client' | 'other' = 'client') {
    return this.host.ask(who, op, { lease: this.lease, sandbox: this.sandbox });
  }

  /** Whose all that is in it is. */
  owners(): readonly string[] {
    // With the types of files, since it follows links else.
    const all = fs.readdirSync(this.path, { recursive: true, withFileTypes: true });
    const below = all.map(({ name, parentPath }) => `${parentPath}/${name}`);
    const ids = [this.path, ...below].map((name) => fs.lstatSync(name));
    return [...new Set(ids.map(({ gid, uid }) => `${uid}:${gid}`))];
  }
}

const CLIENT = [`${UIDS.client}:${UIDS.client}`];
const GUEST = [`${UIDS.guest1}:${UIDS.guest1}`];

scenarios({
  'a sandbox': {
    'is made below --execute, shut, empty and the client’s': async (host) => {
      await host.openWith(['guest1']);
      const { lease } = await host.lease('client', 'mary');
      const make = async (more: object = {}) =>
        host.good(await host.ask('client', 'sandbox.make', { lease: lease!, ...more }));
      const first = await make();
      assert.deepEqual([first.sandbox, first.path], ['dir_4711', `${EXECUTE}/dir_4711`]);
      assert.equal(host.noted.path, first.path);
      const { gid, mode, uid } = fs.statSync(first.path!);
      assert.deepEqual([uid, gid, mode & 0o7777], [UIDS.client, UIDS.client, 0o700]);
      // Another of the same process, and one in the place of something unknown.
      fs.mkdirSync(`${EXECUTE}/dir_4711_2`);
      assert.deepEqual(
        [(await make()).sandbox, (await make({ mode: 0o755 })).sandbox],
        ['dir_4711_1', 'dir_4711_3'],
      );
      assert.equal(fs.statSync(`${EXECUTE}/dir_4711_3`).mode & 0o7777, 0o755);
      for (const mode of [0, 0o777, 0o775, 0o4700, 0o600, -1, 448.5, '0700']) {
        const answer = await host.ask('client', 'sandbox.make', { lease: lease!, mode });
        assert.equal(answer.ok ? 'made' : answer.error, 'syntax', String(mode));
      }
    },

    'goes to the account and back, and says how many entries went': async (host) => {
      const sandbox = await filled(host);
      assert.deepEqual(sandbox.owners(), CLIENT);
      assert.equal(host.good(await sandbox.give('account')).entries, 3);
      assert.deepEqual(sandbox.owners(), GUEST);
      assert.equal(fs.statSync('/etc/passwd').uid, 0);
      assert.equal(runAs('guest1', `cd ${sandbox.path}; echo out > result; cat d/file`), 'in\n');
      assert.throws(() => runAs('client', `ls ${sandbox.path} 2> /dev/null`));
      assert.equal(host.good(await sandbox.give('client')).entries, 4);
      assert.deepEqual(sandbox.owners(), CLIENT);
      assert.equal(runAs('client', `cat ${sandbox.path}/result`), 'out\n');
      assert.equal(host.good(await sandbox.give('client')).entries, 0, 'it has it already');
      const measured = host.good(await sandbox.ask('sandbox.measure'));
      assert.deepEqual([measured.entries, measured.files], [4, 3]);
      assert.equal(host.good(await sandbox.ask('sandbox.remove')).entries, 4);
      assert.ok(!fs.existsSync(sandbox.path));
      host.bad(await sandbox.ask('sandbox.remove'), 'not-found');
    },

    'is of its lease only': async (host) => {
      await host.openWith(['guest1', 'guest2']);
      const sandbox = await filled(host);
      const { lease } = await host.lease('other', 'bob');
      for (const op of ['sandbox.remove', 'sandbox.measure']) {
        host.bad(await sandbox.ask(op, 'other'), 'no-lease');
        host.bad(
          await host.ask('other', op, { lease: lease!, sandbox: sandbox.sandbox }),
          'not-found',
        );
      }
      host.bad(await sandbox.give('account', 'other'), 'no-lease');
      const theirs = { lease: lease!, sandbox: sandbox.sandbox, to: 'account' };
      host.bad(await host.ask('other', 'sandbox.give', theirs), 'not-found');
      assert.deepEqual(sandbox.owners(), CLIENT);
    },

    'is named by its id, and no path leads elsewhere': async (host) => {
      const { lease } = await filled(host);
      for (const sandbox of [
        '..',
        '.',
        '',
        '/etc',
        'dir_1/../..',
        'dir_4711/d',
        'dir_\0',
        '../dir_4711',
      ]) {
        for (const op of ['sandbox.give', 'sandbox.remove', 'sandbox.measure']) {
          const to = op === 'sandbox.give' ? { to: 'account' } : {};
          const answer = await host.ask('client', op, { lease, sandbox, ...to });
          assert.equal(answer.ok ? 'done' : answer.error, 'syntax', sandbox);
        }
      }
    },

    'smuggles nothing in: no uid, no path, no other side': async (host) => {
      const { lease, sandbox } = await filled(host);
      for (const more of [
        { uid: 0 },
        { from: 0 },
        { path: '/etc' },
        { account: 'john' },
        { to: 'root' },
        { to: 0 },
        { to: ['account'] },
      ]) {
        const request = { lease, sandbox, to: 'account', ...more };
        const answer = await host.ask('client', 'sandbox.give', request);
        assert.equal(answer.ok ? 'done' : answer.error, 'syntax', JSON.stringify(more));
      }
    },
  },

  'a change of owner is refused': {
    'for a file of root’s that the account has linked': async (host) => {
      fs.writeFileSync(`${EXECUTE}-shadow`, 'secret', { mode: 0o600 });
      const sandbox = await filled(host);
      host.good(await sandbox.give('account'));
      // As the account could where fs.protected_hardlinks is 0.
      fs.linkSync(`${EXECUTE}-shadow`, `${sandbox.path}/shadow`);
      host.bad(await sandbox.give('client'), 'foreign-owner', /"dir_4711\/shadow"/);
      assert.equal(fs.statSync(`${EXECUTE}-shadow`).uid, 0);
      fs.chownSync(`${EXECUTE}-shadow`, UIDS.guest1, UIDS.guest1);
      host.bad(await sandbox.give('client'), 'hard-link', /"dir_4711\/shadow"/);
      assert.deepEqual(sandbox.owners(), GUEST, 'nothing has changed');
      fs.rmSync(`${sandbox.path}/shadow`);
      host.good(await sandbox.give('client'));
    },

    'for what is somebody else’s, for devices and for mounts': async (host) => {
      const sandbox = await filled(host);
      const spoilt = [
        [`: > x; chown stranger x`, 'rm x', 'foreign-owner'],
        [`mkdir x; chown 0 x`, 'rmdir x', 'foreign-owner'],
        [`mknod x c 1 3; chown client x`, 'rm x', 'not-allowed'],
        [`mkdir x; chown client x; mount -t tmpfs none x`, 'umount x; rmdir x', 'bad-path'],
        [`: > x; chown client x; mount --bind d/file x`, 'umount x; rm x', 'bad-path'],
      ] as const;
      for (const [spoil, mend, code] of spoilt) {
        runAs('root', `cd ${sandbox.path}; ${spoil}`);
        host.bad(await sandbox.give('account'), code);
        runAs('root', `cd ${sandbox.path}; ${mend}`);
        assert.deepEqual(sandbox.owners(), CLIENT);
      }
      host.good(await sandbox.give('account'));
    },

    'while a process of the guest runs, whatever started it': async (host) => {
      const sandbox = await filled(host);
      host.good(await sandbox.give('account'));
      const pid = Number(runAs('guest1', 'sleep 1000 > /dev/null 2>&1 & echo $!'));
      host.bad(await sandbox.give('client'), 'not-allowed', new RegExp(`process ${pid} of guest1`));
      process.kill(pid, 'SIGKILL');
      await waitUntil(() => !fs.existsSync(`/proc/${pid}/exe`), 'its end');
      host.good(await sandbox.give('client'));
    },

    'while a job runs on the lease, and then no job begins while it goes on': async (host) => {
      await host.openWith(['john']);
      const { lease } = await host.lease('client', 'john@example.org');
      const made = host.good(await host.ask('client', 'sandbox.make', { lease: lease! }));
      const found = host.book.find(lease!, host.caller('client'));
      assert.ok(found.ok);
      const family = { pid: 4242, birthday: 1, cgroup: undefined };
      assert.ok(host.book.addFamily(found.value, family).ok);
      const sandbox = new Sandbox(host, lease!, made.sandbox!, made.path!);
      host.bad(
        await sandbox.give('account'),
        'not-allowed',
        /job runs on the lease \(process 4242\)/,
      );
      host.bad(await sandbox.ask('sandbox.remove'), 'not-allowed');
      host.book.removeFamily(found.value, 4242);
      const given = sandbox.give('account');
      await new Promise((resolve) => setImmediate(resolve));
      const opened = host.book.openSandbox(found.value, made.sandbox!);
      const added = host.book.addFamily(found.value, family);
      assert.deepEqual([opened.ok, added.ok], [false, false], 'it is changing hands');
      host.good(await given);
      // An owner may be logged in meanwhile.
      runAs('john', 'sleep 1000 > /dev/null 2>&1 &');
      host.good(await sandbox.give('client'));
    },
  },

  'with the owner go': {
    'set-id bits, capabilities, access lists, and the right of others to write to directories':
      async (host) => {
        const acl = (entries: readonly (readonly [number, number, number])[]) =>
          `struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in ${JSON.stringify(entries)})`;
        const NONE = 0xffffffff;
        // user::rwx, user:stranger:rwx, group::---, mask::rwx, other::---
        const list = acl([
          [1, 7, NONE],
          [2, 7, UIDS.stranger],
          [4, 0, NONE],
          [16, 7, NONE],
          [32, 0, NONE],
        ]);
        const sandbox = await filled(
          host,
          `: > bits; chmod 6755 bits; : > caps; mkdir -m 7777 open; mkdir listed; : > listed/file
         python3 -c "
import os, struct
list = ${list}
for file in ['listed', 'listed/file']: os.setxattr(file, 'system.posix_acl_access', list)
os.setxattr('listed', 'system.posix_acl_default', list)"`,
        );
        runAs('root', `setcap cap_sys_admin+ep ${sandbox.path}/caps`);
        assert.equal(fs.statSync(`${sandbox.path}/listed/file`).mode & 0o777, 0o770);
        host.good(await sandbox.give('account'));
        const mode = (name: string) =>
          (fs.statSync(`${sandbox.path}/${name}`).mode & 0o7777).toString(8);
        assert.deepEqual(['bits', 'open', 'listed', 'listed/file'].map(mode), [
          '755',
          '1755',
          '700',
          '700',
        ]);
        const attributes = runAs(
          'root',
          `cd ${sandbox.path}; python3 -c "
import os
print([os.listxattr(f) for f in ['caps', 'listed', 'listed/file']])"`,
        );
        assert.equal(attributes.trim(), '[[], [], []]');
      },
  },

  'somebody who tries to lead a change of owner astray': {
    'by putting links in the place of directories': async (host) => {
      const outside = '/home/outside';
      fs.mkdirSync(outside);
      fs.writeFileSync(`${outside}/file`, 'gold');
      await host.openWith(['john']);
      const { lease } = await host.lease('client', 'john@example.org');
      const made = host.good(await host.ask('client', 'sandbox.make', { lease: lease! }));
      const sandbox = new Sandbox(host, lease!, made.sandbox!, made.path!);
      runAs('client', `cd ${sandbox.path}; for i in $(seq 50); do mkdir d$i; : > d$i/file; done`);
      host.good(await sandbox.give('account'));
      // john is logged in, and swaps each directory for a link to somewhere else, as fast as he can.
      const swap = `
import os
def tried(step, *paths):
    try: step(*paths); return True
    except OSError: return False
while True:
    for place in ['d%d' % i for i in range(1, 51)]:
        swapped = tried(os.rename, place, 'away') and tried(os.symlink, '${outside}', place)
        # Begun anew, also where the sandbox was taken from him between two steps.
        tried(os.unlink, place)
        if tried(os.rename, 'away', place) and swapped:
            open('/tmp/swapped', 'w').close()`;
      runAs('john', `cd ${sandbox.path}; python3 -c "${swap}" > /dev/null 2>&1 & :`);
      await waitUntil(() => fs.existsSync('/tmp/swapped'), 'john to swap one');
      for (let round = 0; round < 15; round++) {
        const answer = await sandbox.give(round % 2 === 0 ? 'client' : 'account');
        // It may be refused, and then is done again.
        if (!answer.ok)
          assert.ok(['bad-path', 'internal', 'not-found'].includes(answer.error), answer.text);
      }
      assert.deepEqual(
        [fs.statSync(outside).uid, fs.statSync(`${outside}/file`).uid],
        [0, 0],
        'what the links lead to is root’s still',
      );
      runAs('root', 'kill -9 $(pgrep -u john python3)');
      host.good(await sandbox.give('account'));
      host.good(await sandbox.give('client'));
      assert.deepEqual(sandbox.owners(), CLIENT);
    },

    'by moving directories out: they go no further than their owner could take them': async (
      host,
    ) => {
      await host.openWith(['john']);
      const { lease } = await host.lease('client', 'john@example.org');
      const made = host.good(await host.ask('client', 'sandbox.make', { lease: lease! }));
      const sandbox = new Sandbox(host, lease!, made.sandbox!, made.path!);
      host.good(await sandbox.give('account'));
      fs.mkdirSync('/run/execute/johns');
      fs.chownSync('/run/execute/johns', UIDS.john, UIDS.john);
      // Same file system, so that renaming works; what he takes away must never be the client's.
      const away = '/run/execute/johns';
      const take = `
import os
top = os.open('.', os.O_RDONLY)
outer = [os.open('o%d' % i, os.O_RDONLY) for i in range(200)]
print('ready', flush=True)
n = 0
while True:
    for i, fd in enumerate(outer):
        try:
            s = os.stat('in', dir_fd=fd)
            if s.st_uid == ${UIDS.client}:
                os.rename('in', '${away}/%d' % i, src_dir_fd=fd)
        except OSError: pass`;
      runAs(
        'john',
        `cd ${sandbox.path}; for i in $(seq 0 199); do mkdir -p -m 777 o$i; mkdir -m 777 o$i/in; done
         python3 -c "${take}" > ${away}/log 2>&1 &
         until grep -q ready ${away}/log; do sleep 0.1; done`,
      );
      host.good(await sandbox.give('client'));
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.deepEqual(fs.readdirSync(away), ['log']);
      runAs('root', 'kill -9 $(pgrep -u john python3)');
    },
  },

  'when its lease ends': {
    'a sandbox on the account’s side goes back to the client, who may remove it later': async (
      host,
    ) => {
      const sandbox = await filled(host);
      host.good(await sandbox.give('account'));
      runAs('guest1', `echo result > ${sandbox.path}/result`);
      host.good(await host.ask('client', 'release', { lease: sandbox.lease }));
      assert.deepEqual(sandbox.owners(), CLIENT);
      assert.equal(runAs('client', `cat ${sandbox.path}/result`), 'result\n');
      host.bad(await sandbox.give('account'), 'no-lease');
      host.bad(await sandbox.ask('sandbox.remove', 'other'), 'no-lease');
      host.good(await sandbox.ask('sandbox.measure'));
      host.good(await sandbox.ask('sandbox.remove'));
      assert.deepEqual(fs.readdirSync(EXECUTE), []);
    },

    'one that cannot go back, for what is in it, is removed': async (host) => {
      const sandbox = await filled(host);
      host.good(await sandbox.give('account'));
      runAs('guest1', `cd ${sandbox.path}; ln d/file d/other`);
      const released = await host.ask('client', 'release', { lease: sandbox.lease });
      assert.equal(host.good(released).state, 'free');
      assert.deepEqual(fs.readdirSync(EXECUTE), []);
    },

    'one that the client has is removed after a while': async (host) => {
      await host.openWith(['guest1'], { keepSandboxes: 1 });
      const sandbox = await filled(host);
      host.good(await host.ask('client', 'release', { lease: sandbox.lease }));
      assert.ok(fs.existsSync(sandbox.path));
      await waitUntil(() => !fs.existsSync(sandbox.path), 'the sandbox to go');
    },
  },
});
