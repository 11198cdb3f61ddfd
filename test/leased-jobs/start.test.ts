/** A job on a leased account, as the job itself reports it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsRoot, skipIf } from '../support/need';
import { makeImage, MOUNT_POINTS } from '../run/support/image';
import {
  GUEST,
  openDaemon,
  readOutput,
  runScript,
  scriptRequest,
  startScript,
  told,
} from './support/daemon';

const skip = skipIf(needsRoot());

describe('a job on a leased account', { skip }, () => {
  test('has the ids and groups of the account, and no rights', async (t) => {
    const daemon = await openDaemon(t);
    const { end, output } = await runScript(
      daemon.client(),
      daemon.lease(),
      'grep -E "^(Uid|Gid|Groups|CapEff|CapPrm|NoNewPrivs|SigIgn|SigBlk)" /proc/self/status; exit 7',
    );
    const { gid, groups, uid } = GUEST;
    const four = (id: number): string => `${id}\t${id}\t${id}\t${id}`;
    const none = '0000000000000000';
    assert.deepEqual(output.trimEnd().split('\n'), [
      `Uid:\t${four(uid)}`,
      `Gid:\t${four(gid)}`,
      `Groups:\t${groups.join(' ')} `,
      `SigBlk:\t${none}`,
      `SigIgn:\t${none}`,
      `CapPrm:\t${none}`,
      `CapEff:\t${none}`,
      'NoNewPrivs:\t1',
    ]);
    assert.deepEqual([end['code'], end['signal'], end['coreDumped']], [7, undefined, false]);
  });

  test('leads a session of its own, and has no descriptors but its streams', async (t) => {
    const daemon = await openDaemon(t);
    const { output } = await runScript(
      daemon.client(),
      daemon.lease(),
      // Of /proc/PID/stat: pid, group, session. The shell's own `ls` opens one directory.
      'read -r pid name state parent group session rest < /proc/$$/stat; ' +
        '[ $pid = $group ] && [ $pid = $session ] && echo leads; ls /proc/$$/fd | tr "\\n" " "',
    );
    assert.equal(output, 'leads\n0 1 2 ');
  });

  test('has its environment exactly as given, and the mark of its family', async (t) => {
    const daemon = await openDaemon(t);
    const environment = {
      PATH: '/usr/bin:/bin',
      EMPTY: '',
      'a name': 'x\ny',
      LD_PRELOAD: '/no/such',
    };
    const here = daemon.lease();
    // A shell would leave out what is no name of its own.
    await runScript(daemon.client(), here, '', {
      environment,
      command: '/bin/cat',
      arguments: ['/proc/self/environ'],
      streams: { output: { path: 'out' } },
    });
    const [mark, ...given] = readOutput(here).split('\0').filter(Boolean);
    assert.match(
      mark ?? '',
      new RegExp(`^_CONDOR_ANCESTOR_${process.pid}=${process.pid}:\\d+:\\d+$`),
    );
    assert.deepEqual(
      given,
      Object.entries(environment).map((entry) => entry.join('=')),
    );
  });

  test('begins in its sandbox, or below it, or where the account may be', async (t) => {
    const daemon = await openDaemon(t);
    const client = daemon.client();
    const here = daemon.lease();
    const begun = async (directory: string | undefined): Promise<string> => {
      const more = directory === undefined ? {} : { directory };
      return (await runScript(client, here, 'pwd -P', more)).output;
    };
    fs.mkdirSync(`${here.path}/sub`);
    assert.equal(await begun(undefined), `${here.path}\n`);
    assert.equal(await begun('sub'), `${here.path}/sub\n`);
    assert.equal(await begun('/usr/bin'), '/usr/bin\n');
  });

  test('sees no sandbox but its own, no process but its own, and a /tmp of its own', async (t) => {
    const daemon = await openDaemon(t, {
      MOUNT_UNDER_SCRATCH: '"/tmp"',
      USE_PID_NAMESPACES: 'true',
    });
    const [here, other] = [daemon.lease(), daemon.lease()];
    const { output } = await runScript(
      daemon.client(),
      here,
      `echo $$; ls ${daemon.execute}; ls -A /tmp; echo mine > /tmp/file; ls -d /proc/[0-9]* | wc -l`,
    );
    const [pid, sandbox, processes] = output.trimEnd().split('\n');
    assert.ok(Number(pid) <= 2, output);
    assert.equal(sandbox, here.sandbox);
    assert.ok(Number(processes) <= 5, output);
    assert.equal(fs.existsSync('/tmp/file'), false);
    assert.ok(fs.existsSync(other.path));
  });

  test('gets soft limits as asked for, and never more than the hard ones', async (t) => {
    const daemon = await openDaemon(t, { STARTER_RLIMIT_AS: '4000' });
    const { output } = await runScript(
      daemon.client(),
      daemon.lease(),
      'ulimit -Sc; ulimit -Sn; ulimit -Hn > /dev/null; ulimit -St; ulimit -Sv; ulimit -Ss',
      { limits: { core: 0, nofile: 77, cpu: 'unlimited', as: 2 ** 50, stack: 4 * 2 ** 20 } },
    );
    assert.equal(output, `0\n77\nunlimited\n${4000 * 1024}\n4096\n`);
  });

  test('has the umask and the niceness that were asked for', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    const script = 'umask; nice';
    assert.equal((await runScript(client, here, script)).output, '0022\n0\n');
    const more = { umask: 0o077, nice: 5 };
    assert.equal((await runScript(client, here, script, more)).output, '0077\n5\n');
  });

  test('is in a control group of its own, which is gone with it', async (t) => {
    const daemon = await openDaemon(t, { BASE_CGROUP: 'htcondor' });
    const { output } = await runScript(daemon.client(), daemon.lease(), 'cat /proc/self/cgroup');
    const name = new RegExp(`/htcondor/condor.*_lease_${process.pid}_\\d+(/job)?$`, 'm');
    assert.match(output, name);
    const [found] = name.exec(output) ?? [];
    assert.equal(fs.existsSync(`/sys/fs/cgroup/memory${found}`), false);
    assert.equal(fs.existsSync(`/sys/fs/cgroup${found}`), false);
  });

  test('runs in the root directory of a name', async (t) => {
    const image = path.join(fs.mkdtempSync('/var/tmp/eyrie-test-'), 'image');
    t.after(() => fs.rmSync(path.dirname(image), { recursive: true }));
    makeImage(image);
    fs.chmodSync(path.dirname(image), 0o755);
    const daemon = await openDaemon(t, {
      NAMED_CHROOT: `small=${image}`,
      MOUNT_UNDER_SCRATCH: '""',
    });
    for (const place of [...MOUNT_POINTS, daemon.execute]) {
      fs.mkdirSync(path.join(image, place), { recursive: true });
    }
    const here = daemon.lease();
    const { output } = await runScript(daemon.client(), here, 'cat /etc/image; pwd', {
      chroot: 'small',
    });
    assert.equal(output, `image\n${here.path}\n`);
    const refused = await daemon
      .client()
      .ask('job.start', scriptRequest(here, 'true', { chroot: 'large' }));
    assert.ok(!refused.ok);
    assert.match(refused.error.text, /names "large", which is no chroot here: this host has small/);
  });
});

describe('the streams of a job on a leased account', { skip }, () => {
  test('are descriptors of the client, or files of the sandbox, or nothing', async (t) => {
    const daemon = await openDaemon(t);
    const client = daemon.client();
    const here = daemon.lease();
    const file = path.join(daemon.directory, 'closed-to-the-account');
    fs.writeFileSync(file, 'from the client\n', { mode: 0o600 });
    const [input, output] = [fs.openSync(file, 'r'), fs.openSync(`${file}.out`, 'w', 0o600)];
    t.after(() => [input, output].map((fd) => fs.closeSync(fd)));
    const started = await client.ask(
      'job.start',
      scriptRequest(here, 'cat; echo to the sandbox >&2; cat < /proc/self/fd/0', {
        streams: {
          input: { descriptor: 0 },
          output: { descriptor: 1 },
          error: { path: 'sub/err' },
        },
      }),
      [input, output],
    );
    assert.equal(started.ok, false, 'there is no directory sub');
    fs.mkdirSync(`${here.path}/sub`);
    fs.chownSync(`${here.path}/sub`, GUEST.uid, GUEST.gid);
    const again = await client.ask(
      'job.start',
      scriptRequest(here, 'cat; echo to the sandbox >&2', {
        streams: {
          input: { descriptor: 0 },
          output: { descriptor: 1 },
          error: { path: 'sub/err' },
        },
      }),
      [input, output],
    );
    assert.ok(again.ok, JSON.stringify(again));
    await told(client, 'gone', again.value['job'] ?? null);
    assert.equal(fs.readFileSync(`${file}.out`, 'utf8'), 'from the client\n');
    assert.equal(readOutput(here, 'sub/err'), 'to the sandbox\n');
    assert.equal(fs.statSync(`${here.path}/sub/err`).uid, GUEST.uid);
  });

  test('can be one file for both outputs, and be appended to', async (t) => {
    const daemon = await openDaemon(t);
    const [client, here] = [daemon.client(), daemon.lease()];
    fs.writeFileSync(`${here.path}/log`, 'before\n');
    fs.chownSync(`${here.path}/log`, GUEST.uid, GUEST.gid);
    const log = { path: 'log', append: true };
    const more = { streams: { output: log, error: log } };
    const job = await startScript(client, here, 'echo one; echo two >&2; cat', more);
    await told(client, 'gone', job);
    assert.equal(readOutput(here, 'log'), 'before\none\ntwo\n');
  });

  for (const [what, make] of [
    ['a link out of the sandbox', (place: string) => fs.symlinkSync('/etc/passwd', place)],
    [
      'a file that is not the account’s',
      (place: string) => fs.writeFileSync(place, 'root’s', { mode: 0o600 }),
    ],
  ] as const) {
    test(`cannot be ${what}`, async (t) => {
      const daemon = await openDaemon(t);
      const here = daemon.lease();
      make(`${here.path}/stream`);
      const before = fs.readFileSync('/etc/passwd', 'utf8');
      for (const stream of ['output', 'input'] as const) {
        const request = scriptRequest(here, 'cat', { streams: { [stream]: { path: 'stream' } } });
        const answer = await daemon.client().ask('job.start', request);
        assert.ok(!answer.ok);
        assert.equal(answer.error.code, 'not-started');
        const cause = stream === 'input' ? 'cannotOpenInput' : 'cannotOpenOutput';
        assert.equal(answer.error.details?.['cause'], cause);
        assert.match(answer.error.text, /cannot open .*\/stream as std(in|out)/);
      }
      assert.equal(fs.readFileSync('/etc/passwd', 'utf8'), before);
      assert.deepEqual(daemon.families, []);
    });
  }
});
