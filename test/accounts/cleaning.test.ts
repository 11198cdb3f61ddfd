/** What a guest account leaves is gone before it is anybody else's; an owner's account is let alone. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { compiled } from '../support/compiled';
import { waitUntil } from '../support/wait';
import { type Host, processesOf, runAs, UIDS } from './support/host';
import { scenarios } from './support/inside';

/** Leases guest1, lets something be done with it, and gives it back. */
async function useGuest(host: Host, work: () => void | Promise<void>): Promise<string> {
  if (host.accounts === undefined) await host.openWith(['guest1']);
  const { lease } = await host.lease('client', 'mary');
  await work();
  return host.good(await host.ask('client', 'release', { lease: lease! })).state!;
}

/** Everything below directories that is a user's. */
function filesOf(uid: number, ...directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) =>
    fs
      .readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => `${directory}/${name}`)
      .filter((name) => fs.lstatSync(name).uid === uid),
  );
}

const ipcOf = (uid: number): readonly string[] =>
  ['shm', 'sem', 'msg'].flatMap((kind) =>
    fs
      .readFileSync(`/proc/sysvipc/${kind}`, 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${uid} `)),
  );

/** A program of python's in which `libc` is there. */
const python = (program: string): string =>
  `python3 - <<'END'\nimport ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n${program}\nEND`;

scenarios({
  'the remains of a guest': {
    'processes that ignore signals, sleep in a session of their own, or stand still': async (
      host,
    ) => {
      const state = await useGuest(host, () => {
        // One that is stopped before it has let go of our pipe would keep it open.
        runAs(
          'guest1',
          `exec > /dev/null 2>&1; trap '' TERM HUP INT; sleep 1000 & setsid sleep 1000 &
         sleep 1000 & kill -STOP $!`,
        );
        assert.equal(processesOf('guest1').length, 3);
      });
      assert.equal(state, 'free');
      assert.deepEqual(processesOf('guest1'), []);
    },

    'a fork bomb': async (host) => {
      // Nobody in this namespace waits for orphans: without pauses zombies would take every pid there is.
      await useGuest(host, async () => {
        runAs('guest1', `${compiled('processes')} bomb 300 200 > /dev/null 2>&1 &`);
        await waitUntil(() => processesOf('guest1').length > 50, 'the bomb to begin', 30);
      });
      assert.deepEqual(processesOf('guest1'), []);
    },

    'a process of the guest’s that runs a set-user-id program of root’s': async (host) => {
      fs.copyFileSync('/bin/sleep', '/home/sleep');
      fs.chmodSync('/home/sleep', 0o4755);
      await useGuest(host, () => {
        runAs('guest1', '/home/sleep 1000 > /dev/null 2>&1 &');
        const [pid] = processesOf('guest1');
        assert.match(fs.readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t61021\t0\t/m);
      });
      assert.deepEqual(processesOf('guest1'), []);
    },

    'files where everybody may put some, and nobody else’s': async (host) => {
      const places = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock'];
      const outside = '/home/precious';
      fs.writeFileSync(outside, 'gold');
      runAs('stranger', `mkdir -m 777 /tmp/shared; echo mine > /tmp/shared/mine; echo x > /tmp/x`);
      fs.mkdirSync('/tmp/mounted');
      runAs('root', 'mount -t tmpfs none /tmp/mounted; chmod 1777 /tmp/mounted');
      await useGuest(host, () => {
        for (const place of places) {
          runAs(
            'guest1',
            `cd ${place}; mkdir -p .hidden/a/b; : > .hidden/a/b/c; chmod 0 .hidden/a/b .hidden; mkfifo pipe
           ln -s ${outside} link; ln -s / root; ln -s .. up; : > "$(printf 'odd\\n\\377')"`,
          );
        }
        runAs('guest1', `: > /tmp/shared/theirs; : > /tmp/mounted/there; mkdir -m 777 /tmp/open`);
        // What others put into a directory of the guest's goes with it.
        runAs('stranger', 'echo s > /tmp/open/file; mkdir /tmp/open/dir');
        const deep = `p = '/tmp/' + 'deep'\nos.mkdir(p); os.chdir(p)\nfor i in range(3000):\n os.mkdir('d'); os.chdir('d')`;
        runAs('guest1', python(deep));
      });
      assert.deepEqual(filesOf(UIDS.guest1, ...places.slice(1), '/tmp/shared'), []);
      assert.deepEqual(fs.readdirSync('/tmp').sort(), ['mounted', 'shared', 'x']);
      assert.deepEqual(fs.readdirSync('/tmp/shared'), ['mine']);
      assert.equal(fs.readFileSync(outside, 'utf8'), 'gold');
      // A file system of its own is not /tmp.
      assert.deepEqual(fs.readdirSync('/tmp/mounted'), ['there']);
    },

    'shared memory, semaphores and message queues, of System V and of POSIX': async (host) => {
      runAs('stranger', 'ipcmk -M 4096 -S 1 -Q > /dev/null');
      const queue = (name: string) =>
        `assert libc.mq_open(b'${name}', os.O_CREAT | os.O_RDWR, 0o600, None) >= 0`;
      runAs('stranger', python(queue('/strange')));
      await useGuest(host, () => {
        runAs('guest1', 'ipcmk -M 4096 -S 2 -Q > /dev/null; ipcmk -M 4096 -p 0 > /dev/null');
        runAs('guest1', python(`${queue('/mine')}\n${queue('/other')}`));
        assert.equal(ipcOf(UIDS.guest1).length, 4);
      });
      assert.deepEqual(ipcOf(UIDS.guest1), []);
      assert.equal(ipcOf(UIDS.stranger).length, 3);
      runAs('root', 'mkdir /run/mqueue; mount -t mqueue none /run/mqueue');
      assert.deepEqual(fs.readdirSync('/run/mqueue'), ['strange']);
    },

    'keys that the kernel keeps for the user': async (host) => {
      // add_key(2) into the user's keyring, and a search for it there.
      const key = `libc.syscall(248, b'user', b'secret', b'word', 4, -4)`;
      const found = (): boolean =>
        runAs(
          'guest1',
          python(`print(libc.syscall(250, 10, -4, b'user', b'secret', 0))`),
        ).trim() !== '-1';
      await useGuest(host, () => {
        runAs('guest1', python(`assert ${key} >= 0`));
        assert.ok(found());
      });
      assert.ok(!found());
    },

    'crontabs, at jobs, and what lets systemd start more': async (host) => {
      const kept = ['/var/spool/cron/crontabs/john', '/var/spool/cron/atjobs/a2'];
      fs.mkdirSync('/run/linger');
      await useGuest(host, () => {
        for (const file of [...kept, '/var/spool/cron/crontabs/guest1', '/var/spool/cron/guest1']) {
          fs.writeFileSync(file, '* * * * * touch /tmp/still-here\n');
        }
        fs.writeFileSync('/var/spool/cron/atjobs/a1', 'touch /tmp/still-here\n');
        fs.chownSync('/var/spool/cron/atjobs/a1', UIDS.guest1, UIDS.guest1);
      });
      const left = fs.readdirSync('/var/spool/cron', { recursive: true, encoding: 'utf8' }).sort();
      assert.deepEqual(left, ['atjobs', 'atjobs/a2', 'crontabs', 'crontabs/john']);
    },

    'an account that is called as a directory of cron’s loses no other crontab': async (host) => {
      fs.appendFileSync('/etc/passwd', 'crontabs:x:61060:61060::/nonexistent:/bin/sh\n');
      host.users('crontabs');
      await host.openWith(['crontabs']);
      fs.writeFileSync('/var/spool/cron/crontabs/john', '');
      const { lease } = await host.lease('client', 'mary');
      host.good(await host.ask('client', 'release', { lease: lease! }));
      assert.ok(fs.existsSync('/var/spool/cron/crontabs/john'));
    },

    'its home stays as it is': async (host) => {
      await useGuest(host, () => {
        fs.mkdirSync('/home/guest1');
        fs.chownSync('/home/guest1', UIDS.guest1, UIDS.guest1);
        runAs('guest1', 'echo x > /home/guest1/file');
      });
      assert.ok(fs.existsSync('/home/guest1/file'));
    },

    'what somebody did as the guest between two leases goes as well': async (host) => {
      await host.openWith(['guest1']);
      runAs('guest1', ': > /tmp/in-between; sleep 1000 > /dev/null 2>&1 &');
      await host.lease('client', 'mary');
      assert.deepEqual(processesOf('guest1'), []);
      assert.ok(!fs.existsSync('/tmp/in-between'));
    },
  },
  'an account that cannot be cleaned': {
    'is quarantined with the reason, and clean again when that is gone': async (host) => {
      await host.openWith(['guest1', 'guest2'], { retry: 1 });
      const { lease } = await host.lease('client', 'mary', { prefer: 'guest1' });
      runAs('guest1', 'mkdir -p /tmp/mine/mounted');
      runAs('root', 'mount -t tmpfs none /tmp/mine/mounted');
      const released = host.good(await host.ask('client', 'release', { lease: lease! }));
      assert.equal(released.state, 'quarantined');
      const entry = await host.entry('guest1');
      assert.match(entry?.reason as string, /Cannot clean \/tmp: "\.?\/?mine\/mounted"/);
      assert.match(host.log.join('\n'), /guest1 is quarantined: Cannot clean \/tmp/);
      assert.match(host.ends[0]?.trouble ?? '', /Cannot clean/);
      host.bad(await host.ask('client', 'renew', { lease: lease!, seconds: 5 }), 'expired');
      assert.equal((await host.lease('client', 'bob', { prefer: 'guest1' })).account, 'guest2');
      host.bad(
        await host.ask('client', 'lease', { owner: 'x', seconds: 5 }),
        'busy',
        /1 of them quarantined/,
      );
      runAs('root', 'umount /tmp/mine/mounted');
      await waitUntil(
        async () => (await host.entry('guest1'))?.state === 'free',
        'guest1 to be free',
      );
      assert.ok(!fs.existsSync('/tmp/mine'));
      assert.equal((await host.entry('guest1'))?.reason, undefined);
      assert.deepEqual(
        host.ends.map(({ trouble }) => trouble === undefined),
        [false, true],
      );
    },

    'is found out when it is to be leased, and another guest is taken': async (host) => {
      await host.openWith(['guest1', 'guest2'], { retry: 1000 });
      runAs('guest1', 'mkdir -p /tmp/mine/mounted');
      runAs('root', 'mount -t tmpfs none /tmp/mine/mounted');
      assert.equal((await host.lease('client', 'mary', { prefer: 'guest1' })).account, 'guest2');
      assert.equal((await host.entry('guest1'))?.state, 'quarantined');
      runAs('root', 'umount /tmp/mine/mounted');
      host.accounts?.part.reload?.();
      await waitUntil(
        async () => (await host.entry('guest1'))?.state === 'free',
        'guest1 to be free',
      );
    },

    'stays quarantined over a restart, and is tried again then': async (host) => {
      await host.openWith(['guest1'], { retry: 1000 });
      const { lease } = await host.lease('client', 'mary');
      runAs('guest1', 'mkdir -p /tmp/mine/mounted');
      runAs('root', 'mount -t tmpfs none /tmp/mine/mounted');
      host.good(await host.ask('client', 'release', { lease: lease! }));
      await host.close();
      await host.open({ retry: 1000 });
      host.bad(await host.ask('client', 'lease', { owner: 'x', seconds: 5 }), 'busy');
      runAs('root', 'umount /tmp/mine/mounted');
      await host.close();
      await host.open({ retry: 1000 });
      await waitUntil(
        async () => (await host.entry('guest1'))?.state === 'free',
        'guest1 to be free',
      );
    },
  },
  'an account with an owner': {
    'keeps its processes, files, IPC objects and crontab when a lease ends': async (host) => {
      await host.openWith(['john']);
      runAs('john', ': > /tmp/johns; ipcmk -M 4096 > /dev/null; sleep 1000 > /dev/null 2>&1 &');
      fs.writeFileSync('/var/spool/cron/crontabs/john', '');
      const { lease } = await host.lease('client', 'john@example.org');
      host.good(await host.ask('client', 'release', { lease: lease! }));
      assert.equal(processesOf('john').length, 1);
      assert.ok(fs.existsSync('/tmp/johns') && fs.existsSync('/var/spool/cron/crontabs/john'));
      assert.equal(ipcOf(UIDS.john).length, 1);
    },

    'loses the families that the lease has noted': async (host) => {
      await host.openWith(['john']);
      const { lease } = await host.lease('client', 'john@example.org');
      const found = host.book.find(lease!, host.caller('client'));
      assert.ok(found.ok);
      const pids = runAs('john', 'for i in 1 2; do sleep 1000 > /dev/null 2>&1 & echo $!; done');
      const [job = 0, own = 0] = pids.trim().split('\n').map(Number);
      const birthday = birthdayOf(job);
      const family = { pid: job, birthday, cgroup: undefined };
      assert.ok(host.book.addFamily(found.value, family).ok);
      // Of another that had the number before.
      const gone = { pid: own, birthday: birthdayOf(own) - 1, cgroup: undefined };
      assert.ok(host.book.addFamily(found.value, gone).ok);
      host.good(await host.ask('client', 'release', { lease: lease! }));
      assert.deepEqual(processesOf('john'), [String(own)]);
    },
  },
});

/** Clock ticks since boot. */
function birthdayOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}
