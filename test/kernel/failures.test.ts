/**
 * A step that fails ends the launch and is reported by phase, number and errno; streams are opened
 * as the job would open them, and links are followed nowhere else.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import { type TestContext, test } from 'node:test';
import type { LaunchPlan, OpenMode, Step } from '../../src/job/plan';
import { errnoName } from '../../src/kernel/errno';
import { startLaunch } from '../../src/kernel/launch';
import { runCommand } from '../support/command';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { NOBODY, outputOf, planOf, type PlanParts, type Ran, runPlan } from './support/plans';
import { program, runProgram, suite } from './support/program';

program((plan) => runPlan(plan as LaunchPlan));

const skip = skipIf(needsRoot());

type Run = (plan: LaunchPlan) => Promise<Ran>;
const asNobody: Run = async (plan) => (await runProgram(plan, { uid: NOBODY })) as Ran;

/** Runs a plan that is to fail: `setup 2 ENOENT`. The setup's step 0 is planOf's own. */
async function failureOf(
  parts: Omit<PlanParts, 'run'> & { run?: PlanParts['run'] },
  run: Run = runPlan,
) {
  const { start, exit } = await run(planOf({ run: 'true', ...parts }));
  if (start.ok) return 'none';
  assert.deepEqual(exit, { ok: false, error: { reason: 'the job was not started' } });
  const { error } = start;
  if ('call' in error) return `${error.call} ${errnoName(error.errno)}`;
  return `${error.phase} ${error.index} ${errnoName(error.errno)}`;
}

suite('a step that fails', { skip }, () => {
  test('in setup: its number counts from 0 in its phase', async () => {
    const nothing = { op: 'pin', slot: 0, path: '/nonexistent' } as const;
    const something = { op: 'pin', slot: 1, path: '/usr' } as const;
    assert.equal(await failureOf({ setup: [nothing] }), 'setup 1 ENOENT');
    assert.equal(await failureOf({ setup: [something, nothing] }), 'setup 2 ENOENT');
  });

  test('in the job: likewise', async () => {
    const before = [{ op: 'chdir', path: '/nonexistent' }] as const;
    assert.equal(await failureOf({ before }), 'job 1 ENOENT');
    const exec = (path: string) => ({ op: 'exec', path, argv: ['x'], envp: [] }) as const;
    assert.equal(await failureOf({ run: exec('/nonexistent') }), 'job 4 ENOENT');
    assert.equal(await failureOf({ run: exec('/etc/passwd') }), 'job 4 EACCES');
    assert.equal(await failureOf({ run: exec('/usr') }), 'job 4 EACCES');
  });

  test('an argument too long for the kernel is the exec that fails', async () => {
    const argv = ['x', 'y'.repeat(200_000)];
    assert.equal(
      await failureOf({ run: { op: 'exec', path: '/bin/true', argv, envp: [] } }),
      'job 4 E2BIG',
    );
  });

  test('each kind of step names its trouble', async (t) => {
    const directory = temporaryDirectory(t);
    fs.symlinkSync('/usr', `${directory}/link`);
    fs.writeFileSync(`${directory}/file`, '');
    fs.mkdirSync(`${directory}/closed`, { mode: 0o700 });
    const rows: readonly (readonly [Step, string])[] = [
      [{ op: 'propagation', path: '/usr', kind: 'private' }, 'EINVAL'],
      [{ op: 'tmpfs', target: '/mnt', flags: [], options: 'nonsense=1' }, 'EINVAL'],
      [{ op: 'tmpfs', target: `${directory}/file`, flags: [], options: '' }, 'ENOTDIR'],
      [{ op: 'proc', target: '/nonexistent', flags: [], options: '' }, 'ENOENT'],
      [{ op: 'remount', target: '/usr/bin', flags: ['ro'] }, 'EINVAL'],
      [{ op: 'mkdir', path: '/nonexistent/a', mode: 0o755, parents: false }, 'ENOENT'],
      [{ op: 'mkdir', path: `${directory}/file`, mode: 0o755, parents: false }, 'ENOTDIR'],
      [{ op: 'mkdir', path: `${directory}/file/a`, mode: 0o755, parents: true }, 'ENOTDIR'],
      [{ op: 'touch', path: '/nonexistent/a', mode: 0o644 }, 'ENOENT'],
      [{ op: 'symlink', target: 'x', path: `${directory}/file` }, 'EEXIST'],
      [{ op: 'pin', slot: 0, path: `${directory}/closed`, asJob: true }, 'none'],
      [{ op: 'pin', slot: 0, path: `${directory}/closed/x`, asJob: true }, 'EACCES'],
    ];
    for (const [step, errno] of rows) {
      const expected = errno === 'none' ? errno : `setup 1 ${errno}`;
      assert.equal(await failureOf({ setup: [step] }), expected, JSON.stringify(step));
    }
    const jobRows: readonly (readonly [Step, string])[] = [
      [{ op: 'chroot', path: `${directory}/file` }, 'ENOTDIR'],
      [{ op: 'chroot', path: `${directory}/link` }, 'ELOOP'],
      [{ op: 'chdir', path: `${directory}/closed` }, 'EACCES'],
      [{ op: 'chdir', path: `${directory}/closed`, fallback: '/' }, 'EACCES'],
      [{ op: 'affinity', cpus: [1000] }, 'EINVAL'],
    ];
    for (const [step, errno] of jobRows) {
      assert.equal(await failureOf({ before: [step] }), `job 1 ${errno}`, JSON.stringify(step));
    }
    const raised: Step = { op: 'rlimit', resource: 'core', soft: 'unlimited', hard: 'unlimited' };
    const lowered: Step = { op: 'rlimit', resource: 'core', soft: 0, hard: 0 };
    const rootless = { mode: 'rootless', before: [lowered, raised] } as const;
    assert.equal(await failureOf(rootless, asNobody), 'job 2 EPERM');
  });

  test('an id map that the kernel refuses is named', async () => {
    const plan = planOf({ mode: 'rootless', run: 'true' });
    const wrong = [{ inside: NOBODY, outside: 0, count: 1 }];
    const refused = await asNobody({ ...plan, idMaps: { uid: wrong, gid: wrong } });
    assert.deepEqual(refused.start, {
      ok: false,
      error: { call: 'write /proc/PID/uid_map', errno: os.constants.errno.EPERM },
    });
  });

  test('a job is never given its mounts by halves: init and its namespace are gone', async (t) => {
    const there = `${temporaryDirectory(t, { uid: NOBODY })}/there`;
    const before = [{ op: 'chdir', path: '/nonexistent' }] as const;
    assert.equal(await failureOf({ before, run: `echo > ${there}` }), 'job 1 ENOENT');
    assert.ok(!fs.existsSync(there));
  });
});

suite('no link is followed', { skip }, () => {
  test('by pin, mount points, mkdir, touch, symlink, chroot: at the end of a path or on the way', async (t) => {
    const directory = temporaryDirectory(t);
    fs.mkdirSync(`${directory}/real/inner`, { recursive: true });
    fs.symlinkSync('real', `${directory}/link`);
    for (const path of [`${directory}/link`, `${directory}/link/inner`]) {
      const steps: readonly Step[] = [
        { op: 'pin', slot: 0, path },
        { op: 'propagation', path, kind: 'private' },
        { op: 'tmpfs', target: path, flags: [], options: '' },
        { op: 'proc', target: path, flags: [], options: '' },
        { op: 'remount', target: path, flags: [] },
        { op: 'mkdir', path: `${path}/new`, mode: 0o755, parents: true },
        { op: 'mkdir', path, mode: 0o755, parents: true },
        { op: 'touch', path: `${path}/new`, mode: 0o644 },
        { op: 'symlink', target: 'x', path: `${path}/new` },
      ];
      for (const step of steps) {
        assert.equal(await failureOf({ setup: [step] }), 'setup 1 ELOOP', JSON.stringify(step));
      }
      assert.equal(await failureOf({ before: [{ op: 'chroot', path }] }), 'job 1 ELOOP');
    }
    assert.deepEqual(fs.readdirSync(`${directory}/real/inner`), []);
  });

  test('below a base, neither up nor out', async (t) => {
    const directory = temporaryDirectory(t);
    fs.mkdirSync(`${directory}/base`);
    fs.symlinkSync('/etc', `${directory}/base/etc`);
    const base = { op: 'pin', slot: 0, path: `${directory}/base` } as const;
    const below = (path: string) =>
      failureOf({ setup: [base, { op: 'pin', slot: 1, base: 0, path }] });
    assert.equal(await below('..'), 'setup 2 EXDEV');
    assert.equal(await below('a/../../x'), 'setup 2 ENOENT');
    assert.equal(await below('etc/passwd'), 'setup 2 ELOOP');
    assert.equal(await below('.'), 'none');
  });
});

for (const mode of ['root', 'rootless'] as const) {
  const run: Run = mode === 'root' ? runPlan : asNobody;

  suite(`standard streams opened by ${mode}`, { skip }, () => {
    /** Opens a path as stdout (or stdin, to read) and says how that ended. */
    function opened(path: string, openMode: OpenMode, follow = true): Promise<string> {
      const stream = openMode === 'read' ? 'stdin' : 'stdout';
      const open = {
        op: 'open',
        slot: 0,
        path,
        mode: openMode,
        follow,
        permissions: 0o640,
        stream,
      } as const;
      const fd = openMode === 'read' ? 0 : 1;
      const parts = { mode, setup: [open], before: [{ op: 'dup', slot: 0, fd }] } as const;
      return failureOf({ ...parts, run: openMode === 'read' ? 'cat >/dev/null' : 'echo out' }, run);
    }

    const place = (t: TestContext) => temporaryDirectory(t, { uid: NOBODY });

    test('a new file has exactly the permissions of the plan and belongs to the job', async (t) => {
      const file = `${place(t)}/new`;
      assert.equal(await opened(file, 'truncate'), 'none');
      const { mode: bits, uid } = fs.statSync(file);
      assert.deepEqual([bits & 0o7777, uid], [0o640, NOBODY]);
      assert.equal(fs.readFileSync(file, 'utf8'), 'out\n');
    });

    test('truncate and append do what they say', async (t) => {
      const file = `${place(t)}/file`;
      await opened(file, 'append');
      await opened(file, 'append');
      assert.equal(fs.readFileSync(file, 'utf8'), 'out\nout\n');
      await opened(file, 'truncate');
      assert.equal(fs.readFileSync(file, 'utf8'), 'out\n');
    });

    test('what the job may not open is not opened for it', async (t) => {
      const directory = place(t);
      fs.writeFileSync(`${directory}/roots`, 'secret', { mode: 0o600 });
      fs.writeFileSync(`${directory}/mine`, 'mine', { mode: 0 });
      fs.chownSync(`${directory}/mine`, NOBODY, NOBODY);
      assert.equal(await opened(`${directory}/roots`, 'read'), 'setup 1 EACCES');
      assert.equal(await opened(`${directory}/roots`, 'truncate'), 'setup 1 EACCES');
      // Its own file, without permission: a capability would open it.
      assert.equal(await opened(`${directory}/mine`, 'read'), 'setup 1 EACCES');
      assert.equal(await opened('/etc/new', 'truncate'), 'setup 1 EACCES');
      assert.equal(fs.readFileSync(`${directory}/roots`, 'utf8'), 'secret');
    });

    test('links are followed where the plan says so, and only there', async (t) => {
      const directory = place(t);
      fs.symlinkSync('target', `${directory}/link`);
      assert.equal(await opened(`${directory}/link`, 'truncate', false), 'setup 1 ELOOP');
      assert.ok(!fs.existsSync(`${directory}/target`));
      assert.equal(await opened(`${directory}/link`, 'truncate', true), 'none');
      assert.equal(fs.readFileSync(`${directory}/target`, 'utf8'), 'out\n');
    });

    test('/dev/null is accepted, other devices, directories and sockets are not', async (t) => {
      assert.equal(await opened('/dev/null', 'read'), 'none');
      assert.equal(await opened('/dev/null', 'truncate'), 'none');
      assert.equal(await opened('/dev/zero', 'read'), 'setup 1 EMEDIUMTYPE');
      assert.equal(await opened('/dev/full', 'truncate'), 'setup 1 EMEDIUMTYPE');
      const directory = place(t);
      assert.equal(await opened(directory, 'read'), 'setup 1 EISDIR');
      assert.equal(await opened(directory, 'truncate'), 'setup 1 EISDIR');
      const socket = `import socket; socket.socket(socket.AF_UNIX).bind('${directory}/socket')`;
      await runCommand(['python3', '-c', socket]);
      fs.chownSync(`${directory}/socket`, NOBODY, NOBODY);
      assert.equal(await opened(`${directory}/socket`, 'truncate'), 'setup 1 ENXIO');
    });

    test('a FIFO needs somebody at its other end, and nothing ever waits', async (t) => {
      const fifo = `${place(t)}/fifo`;
      await runCommand(['mkfifo', '-m', '666', fifo]);
      assert.equal(await opened(fifo, 'truncate'), 'setup 1 ENXIO');
      assert.equal(await opened(fifo, 'read'), 'setup 1 ENXIO');
      const reader = runCommand(['cat', fifo]);
      // Open for both, this process is the other end of either.
      const both = fs.openSync(fifo, fs.constants.O_RDWR);
      assert.equal(await opened(fifo, 'append'), 'none');
      fs.closeSync(both);
      assert.equal((await reader).stdout, 'out\n');
    });

    test('a FIFO loses nothing of what is in it by being tried', async (t) => {
      const directory = place(t);
      const fifo = `${directory}/fifo`;
      await runCommand(['mkfifo', '-m', '666', fifo]);
      const both = fs.openSync(fifo, fs.constants.O_RDWR);
      fs.writeSync(both, 'three\nlines\nhere\n');
      const open = { op: 'open', slot: 0, path: fifo, mode: 'read', follow: true } as const;
      const text = await outputOf(
        directory,
        {
          mode,
          setup: [{ ...open, permissions: 0, stream: 'stdin' }],
          before: [{ op: 'dup', slot: 0, fd: 0 }],
          run: 'head -n 3',
        },
        run,
      );
      fs.closeSync(both);
      assert.equal(text, 'three\nlines\nhere\n');
    });

    test('what the job gets is blocking, and no controlling terminal', async (t) => {
      const output = `${place(t)}/output`;
      const plan = planOf({
        mode,
        output,
        before: [{ op: 'setsid' }],
        run: 'cat /proc/self/fdinfo/1; cut -d" " -f7 /proc/$$/stat',
      });
      await run(plan);
      const [, flags] = /flags:\t(\d+)/.exec(fs.readFileSync(output, 'utf8')) ?? [];
      assert.equal(Number.parseInt(flags!, 8) & fs.constants.O_NONBLOCK, 0);
    });

    test('below a base: relative to what it holds', async (t) => {
      const directory = place(t);
      const setup: readonly Step[] = [
        { op: 'pin', slot: 0, path: directory },
        {
          op: 'open',
          slot: 1,
          base: 0,
          path: 'out',
          mode: 'truncate',
          follow: false,
          permissions: 0o644,
          stream: 'stdout',
        },
      ];
      const parts = {
        mode,
        setup,
        before: [{ op: 'dup', slot: 1, fd: 1 }],
        run: 'echo out',
      } as const;
      assert.equal(await failureOf(parts, run), 'none');
      assert.equal(fs.readFileSync(`${directory}/out`, 'utf8'), 'out\n');
    });
  });
}

suite('a plan that is refused', { skip }, () => {
  const good = planOf({ run: 'true' });
  const refusal = (plan: LaunchPlan): string => {
    const launch = startLaunch(plan);
    if (launch.ok) assert.fail('it was accepted');
    assert.equal(launch.error.errno, os.constants.errno.EINVAL);
    return launch.error.call;
  };

  test('starts nothing and names the step', () => {
    const bind = { op: 'bind', source: 5, target: '/mnt' } as const;
    const rows: readonly (readonly [LaunchPlan, string])[] = [
      [{ ...good, setup: [...good.setup, bind] }, 'check the plan (setup step 1, bind)'],
      [{ ...good, job: good.job.slice(0, -1) }, 'check the plan (job step 3, parent-death-signal)'],
      [{ ...good, job: [...good.job, { op: 'setsid' }] }, 'check the plan (job step 4, exec)'],
      [{ ...good, setup: [{ op: 'setsid' }] }, 'check the plan (setup step 0, setsid)'],
      [
        { ...good, setup: [{ op: 'pin', slot: 0, path: 'usr' }] },
        'check the plan (setup step 0, pin)',
      ],
      [{ ...good, identity: { ...good.identity, uid: 0 } }, 'check the plan'],
      [{ ...good, identity: { ...good.identity, gid: 0 } }, 'check the plan'],
      [{ ...good, namespaces: ['pid'] }, 'check the plan'],
    ];
    for (const [plan, call] of rows) assert.equal(refusal(plan), call);
  });

  test('what bytes cannot carry is named as well', () => {
    const exec = { op: 'exec', path: '/bin/true', argv: ['a\0b'], envp: [] } as const;
    assert.equal(
      refusal({ ...good, job: [...good.job.slice(0, -1), exec] }),
      'encode the plan (job step 4, exec): a field holds a NUL character: "a\\u0000b"',
    );
  });

  test('without ids, or in a user namespace with capabilities, no job runs', () => {
    const without = (plan: LaunchPlan, op: string) => ({
      ...plan,
      job: plan.job.filter((s) => s.op !== op),
    });
    const rootless = planOf({ mode: 'rootless', run: 'true' });
    assert.match(refusal(without(good, 'ids')), /^check the plan/);
    assert.match(refusal(without(rootless, 'drop-capabilities')), /^check the plan/);
  });
});
