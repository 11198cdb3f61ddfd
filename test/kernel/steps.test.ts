/**
 * Each step of a plan, shown by a job that reports from the inside: launched by root, and by an
 * ordinary user in a user namespace.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LaunchPlan, Step } from '../../src/job/plan';
import { runCommand } from '../support/command';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import {
  ENVIRONMENT,
  launched,
  NOBODY,
  outputOf,
  type PlanParts,
  planOf,
  type Ran,
  runPlan,
} from './support/plans';
import { program, runProgram, suite } from './support/program';

program((plan) => runPlan(plan as LaunchPlan));

const skip = skipIf(needsRoot());

const runAs = {
  root: runPlan,
  rootless: async (plan: LaunchPlan) => (await runProgram(plan, { uid: NOBODY })) as Ran,
};

for (const mode of ['root', 'rootless'] as const) {
  const inside = (t: TestContext, parts: Omit<PlanParts, 'output' | 'mode'>): Promise<string> =>
    outputOf(place(t), { ...parts, mode }, runAs[mode]);
  const place = (t: TestContext): string => temporaryDirectory(t, { uid: NOBODY });

  suite(`a plan launched by ${mode}`, { skip }, () => {
    test('exec passes path, arguments and environment as they are', async (t) => {
      const argv = [
        'my sh',
        '-c',
        'printf "[%s]" "$0" "$@"; env',
        'zero',
        '',
        'two words',
        'ünï',
        '*',
      ];
      const envp = ['PATH=/bin:/usr/bin', 'EMPTY=', 'A=1=2', 'LINES=a\nb'];
      const text = await inside(t, { run: { op: 'exec', path: '/bin/sh', argv, envp } });
      assert.ok(text.startsWith('[zero][][two words][ünï][*]'), text);
      for (const line of ['EMPTY=', 'A=1=2', 'LINES=a\nb']) assert.ok(text.includes(line));
      assert.ok(!text.includes('EYRIE'), 'nothing of the starter is left in the environment');
    });

    test('a big environment arrives whole', async (t) => {
      const big = Array.from({ length: 1000 }, (_, i) => `V${i}=${'x'.repeat(1500)}`);
      const run = { op: 'exec', path: '/usr/bin/env', argv: ['env'], envp: big } as const;
      const text = await inside(t, { run });
      assert.deepEqual(text.trim().split('\n'), big);
    });

    test('ids: all three uids and gids, and the groups', async (t) => {
      const text = await inside(t, { run: 'grep -E "^(Uid|Gid|Groups)" /proc/self/status' });
      const all = Array(4).fill(String(NOBODY)).join('\t');
      assert.ok(text.includes(`Uid:\t${all}\n`), text);
      assert.ok(text.includes(`Gid:\t${all}\n`), text);
      if (mode === 'root') assert.match(text, /Groups:\t65534 \n/);
    });

    test('drop-capabilities: no capability is left, and none can be had back', async (t) => {
      const text = await inside(t, {
        run: 'grep ^Cap /proc/self/status; unshare -m true || echo no',
      });
      const sets = [...text.matchAll(/^Cap(\w+):\t(\w+)/gm)].map(([, name, bits]) => [name, bits]);
      for (const [name, bits] of sets) {
        if (name === 'Bnd' && mode === 'root') continue;
        assert.equal(Number.parseInt(bits!, 16), 0, `Cap${name}`);
      }
      assert.equal(sets.length, 5);
      assert.match(text, /no\n$/);
    });

    test('drop-bounding-set: empties the bounding set', async (t) => {
      const before = mode === 'root' ? [{ op: 'drop-bounding-set' } as const] : [];
      const text = await inside(t, { before, run: 'grep CapBnd /proc/self/status' });
      assert.match(text, /CapBnd:\t0000000000000000/);
    });

    test('no-new-privs: a set-user-id program gains nothing', async (t) => {
      const after = [{ op: 'no-new-privs' }] as const;
      assert.match(await inside(t, { after, run: 'cat /proc/self/status' }), /NoNewPrivs:\t1/);
      assert.match(await inside(t, { run: 'cat /proc/self/status' }), /NoNewPrivs:\t0/);
    });

    test('a PID namespace with its own /proc: the job sees itself and init', async (t) => {
      const text = await inside(t, {
        setup: [{ op: 'proc', target: '/proc', flags: ['nosuid', 'nodev', 'noexec'], options: '' }],
        run: 'echo $$; ls /proc | grep "^[0-9]" | tr "\\n" " "; cat /proc/1/comm; readlink /proc/1/exe || echo hidden',
      });
      assert.match(text, /^2\n1 2 (\d )*eyrie-init\nhidden\n$/);
      const options = await inside(t, {
        setup: [
          {
            op: 'proc',
            target: '/proc',
            flags: ['nosuid', 'nodev', 'noexec'],
            options: 'hidepid=2',
          },
        ],
        run: 'grep " /proc proc" /proc/mounts | tail -1; ls /proc',
      });
      assert.match(options, /nosuid,nodev,noexec.*hidepid=(2|invisible)/);
      if (mode === 'root') assert.doesNotMatch(options, /^1$/m);
    });

    test('tmpfs, mkdir, touch, symlink, pin, bind and remount build a tree', async (t) => {
      const source = place(t);
      fs.writeFileSync(`${source}/data`, 'payload');
      fs.chownSync(`${source}/data`, NOBODY, NOBODY);
      const setup: readonly Step[] = [
        { op: 'pin', slot: 0, path: source },
        { op: 'pin', slot: 1, base: 0, path: 'data' },
        { op: 'tmpfs', target: '/mnt', flags: ['nosuid', 'nodev'], options: 'mode=0755,size=64k' },
        {
          op: 'mkdir',
          path: '/mnt/a/b/c',
          mode: 0o750,
          parents: true,
          owner: { uid: NOBODY, gid: NOBODY },
        },
        { op: 'mkdir', path: '/mnt/a', mode: 0o700, parents: false },
        { op: 'mkdir', path: '/mnt/sticky', mode: 0o1777, parents: false },
        { op: 'touch', path: '/mnt/file', mode: 0o600 },
        { op: 'touch', path: '/mnt/file', mode: 0o644 },
        { op: 'symlink', target: 'a/b', path: '/mnt/link' },
        { op: 'bind', source: 0, target: '/mnt/a/b/c' },
        { op: 'bind', source: 1, target: '/mnt/file' },
        { op: 'remount', target: '/mnt/a/b/c', flags: ['ro', 'nosuid', 'nodev'] },
      ];
      const text = await inside(t, {
        setup,
        run: `stat -c '%a %u %n' /mnt /mnt/a /mnt/a/b /mnt/sticky; cat /mnt/a/b/c/data /mnt/file; echo
          readlink /mnt/link; touch /mnt/a/b/c/new 2>&1; grep ' /mnt' /proc/self/mounts`,
      });
      const owner = mode === 'root' ? 0 : NOBODY;
      assert.ok(
        text.startsWith(
          `755 ${owner} /mnt\n750 ${NOBODY} /mnt/a\n750 ${NOBODY} /mnt/a/b\n1777 ${owner} /mnt/sticky\npayloadpayload\na/b\n`,
        ),
        text,
      );
      assert.match(text, /Read-only file system/);
      assert.match(text, /\/mnt tmpfs rw,nosuid,nodev.*size=64k/);
      assert.match(text, /\/mnt\/a\/b\/c \w+ ro,nosuid,nodev/);
    });

    test('mounts stay in the namespace', async (t) => {
      const before = fs.readFileSync('/proc/self/mountinfo', 'utf8');
      await inside(t, {
        setup: [{ op: 'tmpfs', target: '/mnt', flags: [], options: '' }],
        run: 'grep " /mnt " /proc/mounts',
      });
      assert.equal(fs.readFileSync('/proc/self/mountinfo', 'utf8'), before);
    });

    test('chroot and chdir: the job sees the new root only', async (t) => {
      const root = place(t);
      for (const name of ['bin', 'lib', 'lib64', 'usr', 'work']) fs.mkdirSync(`${root}/${name}`);
      const binds = ['bin', 'lib', 'lib64', 'usr'].flatMap((name, slot): readonly Step[] => [
        { op: 'pin', slot, path: fs.realpathSync(`/${name}`) },
        { op: 'bind', source: slot, target: `${root}/${name}` },
      ]);
      const text = await inside(t, {
        setup: binds,
        before: [
          { op: 'chroot', path: root },
          { op: 'chdir', path: '/work' },
        ],
        run: 'pwd; ls -d /*; ls -d /work/../../../../*',
      });
      const tree = '/bin\n/lib\n/lib64\n/output\n/usr\n/work\n';
      assert.equal(
        text.replaceAll('/work/../../../..', ''),
        `/work\n${fs.existsSync(`${root}/output`) ? tree : tree.replace('/output\n', '').repeat(2)}`,
      );
    });

    test('chdir goes to the fallback where the path does not exist', async (t) => {
      const before: readonly Step[] = [{ op: 'chdir', path: '/nonexistent/a', fallback: '/usr' }];
      assert.equal(await inside(t, { before, run: 'pwd' }), '/usr\n');
    });

    test('without chdir the job begins in /', async (t) => {
      assert.equal(await inside(t, { run: 'pwd' }), '/\n');
    });

    test('rlimit, umask, nice, affinity', async (t) => {
      const before: readonly Step[] = [
        { op: 'rlimit', resource: 'core', soft: 0, hard: 0 },
        { op: 'rlimit', resource: 'stack', soft: 1 << 20, hard: 2 << 20 },
        { op: 'rlimit', resource: 'as', soft: 'unlimited', hard: 'unlimited' },
        { op: 'rlimit', resource: 'nofile', soft: 100, hard: 200 },
        { op: 'umask', mask: 0o137 },
        { op: 'nice', increment: 5 },
        { op: 'affinity', cpus: [1] },
      ];
      const text = await inside(t, {
        before,
        run: 'cat /proc/self/limits; umask; nice; grep Cpus_allowed_list /proc/self/status',
      });
      assert.match(text, /Max core file size +0 +0 /);
      assert.match(text, /Max stack size +1048576 +2097152 /);
      assert.match(text, /Max address space +unlimited +unlimited /);
      assert.match(text, /Max open files +100 +200 /);
      const nice = os.getPriority() + 5;
      assert.ok(text.endsWith(`\n0137\n${nice}\nCpus_allowed_list:\t1\n`), text);
    });

    test('without umask the job has the mask of the starter', async (t) => {
      assert.equal(await inside(t, { run: 'umask' }), '0022\n');
    });

    test('setsid and session-keyring: a session and a keyring of its own', async (t) => {
      const before = [{ op: 'setsid' }, { op: 'session-keyring' }] as const;
      const text = await inside(t, {
        setup: [{ op: 'proc', target: '/proc', flags: [], options: '' }],
        before,
        run: 'cut -d" " -f1,5,6 /proc/$$/stat; grep -c " _ses" /proc/keys',
      });
      assert.match(text, /^2 2 2\n1\n$/);
    });

    test('default-signals: nothing ignored, nothing blocked, although starter and init do', async (t) => {
      const text = await inside(t, { run: 'cat /proc/self/status' });
      assert.match(text, /SigBlk:\t0+\nSigIgn:\t0+\nSigCgt:\t0+\n/);
      assert.doesNotMatch(fs.readFileSync('/proc/self/status', 'utf8'), /SigIgn:\t0+\n/);
    });

    test('close-from: the job has 0, 1 and 2 and nothing else', async (t) => {
      for (const before of [[], [{ op: 'close-from', fd: 3 } as const]]) {
        const text = await inside(t, { before, run: 'readlink /proc/self/fd/0; ls /proc/self/fd' });
        // 3 is the directory that ls reads.
        assert.equal(text, '/dev/null\n0\n1\n2\n3\n');
      }
    });
  });
}

/** The line of /proc/PID/cgroup of a process in this cgroup of version 2. */
function inCgroup(directory = ''): RegExp {
  return new RegExp(`^0::/(.*/)?${path.basename(directory)}$`, 'm');
}

/** Where the cgroup v2 tree is mounted. */
function cgroup2(): string | undefined {
  return / (\S+) cgroup2 /.exec(fs.readFileSync('/proc/self/mounts', 'utf8'))?.[1];
}

suite('a plan launched by root', { skip }, () => {
  test('inherit hands a descriptor on, whatever its number in the starter', async (t) => {
    const directory = temporaryDirectory(t);
    const text = await inheritedThrough(directory, [fs.openSync(`${directory}/a`, 'w+')]);
    assert.equal(text, 'written');
  });

  test('inherit hands on 64 descriptors', async (t) => {
    const directory = temporaryDirectory(t);
    const fd = fs.openSync(`${directory}/a`, 'w+');
    assert.equal(
      await inheritedThrough(
        directory,
        Array.from({ length: 64 }, () => fd),
      ),
      'written',
    );
  });

  test('a slot that is filled again gives up what it held', async (t) => {
    const directory = temporaryDirectory(t);
    const fd = fs.openSync(`${directory}/a`, 'w+');
    const plan = planOf({
      setup: [
        { op: 'inherit', slot: 3, index: 0 },
        { op: 'inherit', slot: 4, index: 0 },
        ...Array.from({ length: 1000 }, () => ({ op: 'pin', slot: 4, path: '/' }) as const),
      ],
      before: [{ op: 'dup', slot: 3, fd: 1 }],
      run: 'printf written',
    });
    const start = await withFewDescriptors(async () => {
      const ran = await runPlan(plan, { descriptors: [fd] });
      return ran.start;
    });
    fs.closeSync(fd);
    assert.ok(start.ok, JSON.stringify(start));
    assert.equal(fs.readFileSync(`${directory}/a`, 'utf8'), 'written');
  });

  /** Lowers our own limit of open files meanwhile; init gets it from us. */
  async function withFewDescriptors<Value>(work: () => Promise<Value>): Promise<Value> {
    const limit = async (...options: string[]) =>
      (await runCommand(['prlimit', `--pid=${process.pid}`, ...options])).stdout;
    const usual = (await limit('--nofile', '--output=SOFT', '--noheadings')).trim();
    await limit('--nofile=500:');
    try {
      return await work();
    } finally {
      await limit(`--nofile=${usual}:`);
    }
  }

  /** A job that writes to the last of the descriptors. */
  async function inheritedThrough(directory: string, descriptors: number[]): Promise<string> {
    const plan = planOf({
      setup: [{ op: 'inherit', slot: 3, index: descriptors.length - 1 }],
      before: [{ op: 'dup', slot: 3, fd: 1 }],
      run: 'printf written',
    });
    const { start, exit } = await runPlan(plan, { descriptors });
    fs.closeSync(descriptors[0]!);
    assert.ok(start.ok && exit.ok && exit.value.code === 0);
    return fs.readFileSync(`${directory}/a`, 'utf8');
  }

  test('the supplementary groups are those of the plan, the starter keeps its own', async (t) => {
    const directory = temporaryDirectory(t, { uid: NOBODY });
    const plan = planOf({ run: 'id -G', output: `${directory}/output` });
    const groups = [70000, 4, 65534, 4, 27];
    await runPlan({ ...plan, identity: { ...plan.identity, groups } });
    assert.equal(fs.readFileSync(`${directory}/output`, 'utf8'), '65534 4 27 70000\n');
    await runPlan({ ...plan, identity: { ...plan.identity, groups: [] } });
    assert.equal(fs.readFileSync(`${directory}/output`, 'utf8'), '65534\n');
  });

  test('pin as the job: what the job cannot reach is not pinned for it', async (t) => {
    const directory = temporaryDirectory(t, { mode: 0o700 });
    fs.mkdirSync(`${directory}/a`);
    const pin = { op: 'pin', slot: 0, path: `${directory}/a` } as const;
    const root = await runPlan(planOf({ setup: [pin], run: 'true' }));
    const job = await runPlan(planOf({ setup: [{ ...pin, asJob: true }], run: 'true' }));
    assert.ok(root.start.ok);
    assert.deepEqual(job.start, {
      ok: false,
      error: { phase: 'setup', index: 1, errno: os.constants.errno.EACCES },
    });
  });

  const cgroups = cgroup2();
  const noCgroups = skip || skipIf(cgroups === undefined ? 'a mounted cgroup v2' : undefined);
  test('init and job are born each in its cgroup', { skip: noCgroups }, async (t) => {
    const made = [
      fs.mkdtempSync(`${cgroups}/eyrie-test-`),
      fs.mkdtempSync(`${cgroups}/eyrie-test-`),
    ];
    t.after(() => made.forEach((cgroup) => fs.rmdirSync(cgroup)));
    const [init = -1, job = -1] = made.map((cgroup) => fs.openSync(cgroup, 'r'));
    const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
    const run = 'grep ^0:: /proc/self/cgroup; ls /proc/self/fd; sleep 0.2';
    const launch = launched(planOf({ output, run, setup: [] }), {
      cgroups: { birth: { init, job }, joined: [] },
    });
    [init, job].forEach((fd) => fs.closeSync(fd));
    assert.match(fs.readFileSync(`/proc/${launch.pid}/cgroup`, 'utf8'), inCgroup(made[0]));
    assert.ok((await launch.go()).ok);
    const mine = fs.readlinkSync(`/proc/${launch.jobPid()}/fd/1`);
    assert.equal(mine, output);
    const exit = await launch.exited;
    assert.ok(exit.ok && exit.value.code === 0);
    const said = fs.readFileSync(output, 'utf8');
    assert.match(said, inCgroup(made[1]));
    // 3 is the directory that ls reads: none of the two was handed on.
    assert.match(said, /\n0\n1\n2\n3\n$/);
  });

  test('the job begins with the resources of its own: peak memory is not that of Node', async () => {
    const { exit } = await runPlan(
      planOf({ run: { op: 'exec', path: '/bin/true', argv: ['true'], envp: ENVIRONMENT } }),
    );
    assert.ok(exit.ok);
    assert.ok(exit.value.usage.maxResident < 10_000, `${exit.value.usage.maxResident} KiB`);
    assert.ok(exit.value.usage.userCpu + exit.value.usage.systemCpu < 1);
  });
});
