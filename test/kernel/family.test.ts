/**
 * Nothing of a job is left when it has ended, or when its starter has: with a PID namespace, where
 * the kernel helps, and without one, where eyrie-init is the subreaper.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { LaunchPlan } from '../../src/job/plan';
import { startLaunch } from '../../src/kernel/launch';
import { burn } from '../support/burn';
import { needsRoot, skipIf } from '../support/need';
import { noProcessLeft, processesLeft } from '../support/processes';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import {
  launched,
  NOBODY,
  planOf,
  type PlanParts,
  type Ran,
  runPlan,
  script,
} from './support/plans';
import { program, runProgram, startProgram, suite } from './support/program';

/** Nobody else's uid: what these jobs kill as their own user is theirs alone. */
const JOB = 64_321;

/** A starter: launches, and waits for the end or stays to be killed. */
program(async (input) => {
  const { plan, wait } = input as { plan: LaunchPlan; wait: boolean };
  if (wait) return await runPlan(plan);
  await launched(plan).go();
  return await new Promise(() => setInterval(() => undefined, 1000));
});

/** A word that no other process has in its command line. */
function newMarker(): string {
  return `eyrie-marker-${Math.random().toString(36).slice(2)}`;
}

/** sleep(1) under another name, which is how its processes are found. */
function sleeper(marker: string): string {
  return `sh -c 'sleep 300; : ${marker}'`;
}

/** What tries to stay behind: a daemon, one with nothing to know it by, and one that ignores all. */
function leftovers(marker: string): string {
  return [
    `${sleeper(marker)} & `,
    `( setsid ${sleeper(marker)} & ) & `,
    `( env -i /usr/bin/setsid -f /bin/${sleeper(marker)} & ) `,
    `( trap '' HUP INT TERM QUIT USR1; ${sleeper(marker)} & ) & `,
    `( kill -STOP $(sh -c 'echo $PPID'); : ${marker} ) & `,
  ].join('\n');
}

/** The hostile job of the break-out tests, at a path that no other process has. */
function buildPayload(t: TestContext): string {
  const payload = `${temporaryDirectory(t)}/payload`;
  execFileSync('cc', ['-O1', '-o', payload, `${TREE}/test/payload/payload.c`]);
  return payload;
}

/** A file of the job's own that says how far it is. */
function signpost(t: TestContext): string {
  return `${temporaryDirectory(t, { uid: JOB })}/there`;
}

const KINDS = [
  { name: 'with a PID namespace', parts: { namespaces: ['pid'] } },
  { name: 'without a PID namespace', parts: { namespaces: [] } },
] as const satisfies readonly { name: string; parts: Partial<PlanParts> }[];

suite('the family of a job without any namespace', { skip: skipIf(needsRoot()) }, () => {
  const plan = (run: string) => planOf({ uid: JOB, mode: 'unprivileged', run });

  test('is an unprivileged starter’s, and gone when the main process has ended', async () => {
    const marker = newMarker();
    const run = `${leftovers(marker)} sleep 0.3; exit $(( $(id -u) == ${JOB} ? 7 : 1 ))`;
    const { start, exit } = (await runProgram(
      { plan: plan(run), wait: true },
      { uid: JOB },
    )) as Ran;
    assert.ok(start.ok && exit.ok, JSON.stringify(start));
    assert.equal(exit.value.code, 7);
    assert.deepEqual(processesLeft(marker), []);
  });

  test('is gone when that starter was killed', async (t) => {
    const marker = newMarker();
    const there = signpost(t);
    const input = { plan: plan(`${leftovers(marker)} echo > ${there}; sleep 300`), wait: false };
    const starter = startProgram(input, { uid: JOB });
    await waitUntil(() => fs.existsSync(there), 'the job');
    await waitUntil(() => processesLeft(marker).length >= 5, 'all the leftovers');
    starter.process.kill('SIGKILL');
    await starter.ended;
    await noProcessLeft(marker);
  });
});

for (const { name, parts } of KINDS) {
  const planFor = (run: string) => planOf({ uid: JOB, ...parts, run });

  suite(`the family of a job ${name}`, { skip: skipIf(needsRoot()) }, () => {
    test('is gone when the main process has ended, whatever it left behind', async () => {
      const marker = newMarker();
      const { start, exit } = await runPlan(planFor(`${leftovers(marker)} sleep 0.3; exit 7`));
      assert.ok(start.ok && exit.ok);
      assert.equal(exit.value.code, 7);
      assert.deepEqual(processesLeft(marker), []);
    });

    test('is gone when the starter was killed, daemons and all', async (t) => {
      const marker = newMarker();
      const there = signpost(t);
      const plan = planFor(`${leftovers(marker)} echo > ${there}; sleep 300`);
      const starter = startProgram({ plan, wait: false });
      await waitUntil(() => fs.existsSync(there), 'the job');
      await waitUntil(() => processesLeft(marker).length >= 5, 'all the leftovers');
      starter.process.kill('SIGKILL');
      await starter.ended;
      await noProcessLeft(marker);
    });

    test('is gone when the job killed everything it could', async (t) => {
      const marker = newMarker();
      const there = signpost(t);
      const { exit } = await runPlan(
        planFor(`${leftovers(marker)} sleep 0.2; echo > ${there}; kill -KILL -1; exit 3`),
      );
      assert.ok(fs.existsSync(there));
      assert.ok(exit.ok, 'eyrie-init was hit as well');
      assert.ok(exit.value.code === 3 || exit.value.signal === 9);
      assert.deepEqual(processesLeft(marker), []);
    });

    test('is gone although 2,000 processes replace themselves all the time', async (t) => {
      const bomb = buildPayload(t);
      const output = `${temporaryDirectory(t, { uid: JOB })}/output`;
      const argv = [bomb, 'fork-bomb', '2000'];
      const plan = planOf({
        uid: JOB,
        ...parts,
        output,
        before: [{ op: 'setsid' }],
        run: { op: 'exec', path: bomb, argv, envp: [] },
      });
      const { exit } = await runPlan(plan);
      assert.ok(exit.ok && exit.value.code === 0);
      // Fewer where other bombs go off on the machine at the same time.
      const size = Number(/bomb: (\d+)/.exec(fs.readFileSync(output, 'utf8'))?.[1]);
      assert.ok(size > 1000, `only ${size} processes`);
      assert.deepEqual(processesLeft(bomb), []);
    });

    test('SIGSTOP and SIGCONT reach every process, and only them', async (t) => {
      const marker = newMarker();
      const there = signpost(t);
      const launch = launched(
        planFor(`${leftovers(marker)} echo > ${there}; sleep 300; : ${marker}`),
      );
      t.after(() => launch.signalFamily(9));
      await launch.go();
      await waitUntil(() => fs.existsSync(there), 'the job');
      // A shell that waits for its vfork'ed child cannot stop before that child calls exec.
      await waitUntil(() => asleep(marker) === 5, 'all the leftovers to sleep');
      await waitUntil(() => processesLeft(marker).length === 6, 'all the leftovers');
      const states = () => new Set(processesLeft(marker).map(({ pid }) => stateOf(pid)));
      launch.signalFamily(19);
      await waitUntil(() => isOnly(states(), 'T'), 'all to stop');
      launch.signalFamily(18);
      await waitUntil(() => isOnly(states(), 'S'), 'all to go on');
      launch.signalFamily(9);
      const exit = await launch.exited;
      assert.ok(exit.ok);
      assert.equal(exit.value.signal, 9);
      assert.deepEqual(processesLeft(marker), []);
    });

    test('orphans are reaped while the job runs', async (t) => {
      const there = signpost(t);
      const launch = launched(
        planFor(`for i in 1 2 3 4 5 6 7 8 9; do ( sleep 0.1 & ); done; echo > ${there}; sleep 300`),
      );
      await launch.go();
      await waitUntil(() => fs.existsSync(there), 'the job');
      await waitUntil(() => childrenOf(launch.pid).length === 1, 'init to have only the job left');
      assert.deepEqual(childrenOf(launch.pid), [launch.jobPid()]);
      launch.signalJob(15);
      const exit = await launch.exited;
      assert.ok(exit.ok && exit.value.signal === 15);
    });

    test('a signal to the job reaches its main process only', async (t) => {
      const there = signpost(t);
      const launch = launched(
        planFor(`( trap 'echo child >> ${there}; exit' USR1; while :; do sleep 0.05; done ) &
          trap 'echo main >> ${there}; exit 5' USR1; echo >> ${there}; while :; do sleep 0.05; done`),
      );
      await launch.go();
      await waitUntil(() => fs.existsSync(there), 'the job');
      launch.signalJob(10);
      const exit = await launch.exited;
      assert.ok(exit.ok);
      assert.equal(exit.value.code, 5);
      assert.equal(fs.readFileSync(there, 'utf8'), '\nmain\n');
    });

    test('its usage is that of all processes', async () => {
      const { exit } = await runPlan(planFor(`( ${burn(0.1)} ) & ( ${burn(0.1)} ) & wait`));
      assert.ok(exit.ok);
      assert.ok(exit.value.usage.userCpu > 0.05, `${exit.value.usage.userCpu} s`);
    });
  });
}

suite('the family of a rootless job', { skip: skipIf(needsRoot()) }, () => {
  test('is gone when the starter was killed', async (t) => {
    const marker = newMarker();
    const there = `${temporaryDirectory(t, { uid: NOBODY })}/there`;
    const plan = planOf({
      mode: 'rootless',
      run: `${leftovers(marker)} echo > ${there}; sleep 300`,
    });
    const starter = startProgram({ plan, wait: false }, { uid: NOBODY });
    await waitUntil(() => fs.existsSync(there), 'the job');
    await waitUntil(() => processesLeft(marker).length >= 5, 'all the leftovers');
    starter.process.kill('SIGKILL');
    await starter.ended;
    await noProcessLeft(marker);
  });
});

suite('a launch', { skip: skipIf(needsRoot()) }, () => {
  const quick = planOf({ run: script('exit 0') });

  test('tells every way to end: status, signal, core dump', async () => {
    const endOf = async (run: string) => {
      const { exit } = await runPlan(planOf({ run }));
      if (!exit.ok) assert.fail(exit.error.reason);
      const { code, signal, coreDumped } = exit.value;
      return { code, signal, coreDumped };
    };
    assert.deepEqual(await endOf('exit 0'), { code: 0, signal: undefined, coreDumped: false });
    assert.deepEqual(await endOf('exit 255'), { code: 255, signal: undefined, coreDumped: false });
    assert.deepEqual(await endOf('kill -TERM $$'), {
      code: undefined,
      signal: 15,
      coreDumped: false,
    });
    assert.deepEqual(await endOf('kill -KILL $$'), {
      code: undefined,
      signal: 9,
      coreDumped: false,
    });
    assert.equal((await endOf('cd /tmp; ulimit -c unlimited; kill -SEGV $$')).signal, 11);
  });

  test('that is cancelled runs nothing', async (t) => {
    const there = signpost(t);
    const launch = launched(planOf({ uid: JOB, run: `echo > ${there}` }));
    launch.cancel();
    const exit = await launch.exited;
    assert.deepEqual(exit, { ok: false, error: { reason: 'the job was not started' } });
    const late = await launch.go();
    assert.ok(!late.ok);
    assert.ok(!fs.existsSync(there));
  });

  test('that is killed before go runs nothing', async (t) => {
    const there = signpost(t);
    const launch = launched(planOf({ uid: JOB, run: `echo > ${there}` }));
    launch.signalFamily(9);
    assert.ok(!(await launch.exited).ok);
    const start = await launch.go();
    assert.deepEqual(start, { ok: false, error: { call: 'start eyrie-init', errno: 3 } });
    assert.ok(!fs.existsSync(there));
  });

  test('that nobody says go to waits, and runs nothing', async (t) => {
    const there = signpost(t);
    const launch = launched(planOf({ uid: JOB, run: `echo > ${there}` }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(stateOf(launch.pid), 'S');
    assert.ok(!fs.existsSync(there));
    launch.cancel();
    await launch.exited;
  });

  test('works in a starter that was started with SIGCHLD ignored', async () => {
    const by = ['sh', '-c', 'trap "" CHLD; exec "$@"', 'sh'];
    const plan = planOf({ run: '(exit 3); exit $?' });
    const { exit } = (await runProgram({ plan, wait: true }, { by })) as Ran;
    assert.ok(exit.ok && exit.value.code === 3, JSON.stringify(exit));
  });

  test('goes once, however often it is told to', async () => {
    const launch = launched(quick);
    const [first, second] = await Promise.all([launch.go(), launch.go()]);
    assert.ok(first.ok);
    assert.deepEqual(first, second);
    const exit = await launch.exited;
    assert.ok(exit.ok && exit.value.code === 0);
  });

  test('whose init is killed says so, and nothing is left', async (t) => {
    const marker = newMarker();
    const there = signpost(t);
    const launch = launched(
      planOf({ uid: JOB, run: `${leftovers(marker)} echo > ${there}; sleep 300` }),
    );
    await launch.go();
    await waitUntil(() => fs.existsSync(there), 'the job');
    process.kill(launch.pid, 'SIGKILL');
    const exit = await launch.exited;
    assert.deepEqual(exit, { ok: false, error: { reason: 'eyrie-init was killed by signal 9' } });
    await noProcessLeft(marker);
  });

  test('can be signalled after its end without harm', async () => {
    const launch = launched(quick);
    await launch.go();
    await launch.exited;
    launch.signalJob(15);
    launch.signalFamily(9);
    assert.equal(launch.jobPid(), undefined);
  });

  test('leaves no descriptor, no child and no zombie behind', async () => {
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const failing = planOf({ run: { op: 'exec', path: '/nonexistent', argv: ['x'], envp: [] } });
    const broken = { ...quick, identity: { ...quick.identity, uid: 0 } };
    await runPlan(quick);
    const [before, children] = [open(), childrenOf(process.pid)];
    for (let i = 0; i < 10; i++) {
      await runPlan(quick);
      await runPlan(failing);
      assert.ok(!startLaunch(broken).ok);
      const launch = launched(quick);
      launch.cancel();
      await launch.exited;
    }
    await waitUntil(
      () => open() === before,
      () => `${open()} descriptors to be ${before}`,
      2,
    );
    assert.deepEqual(childrenOf(process.pid), children);
  });

  test('several at once do not disturb each other', async () => {
    const ends = await Promise.all(
      Array.from({ length: 12 }, (_, i) => runPlan(planOf({ run: `sleep 0.${i}; exit ${i}` }))),
    );
    assert.deepEqual(
      ends.map(({ exit }) => exit.ok && exit.value.code),
      Array.from({ length: 12 }, (_, i) => i),
    );
  });
});

function isOnly(states: ReadonlySet<string>, state: string): boolean {
  return states.size === 1 && states.has(state);
}

function stateOf(pid: number): string {
  try {
    return /^State:\s+(\S)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** How many of the processes have got as far as sleep(1). */
function asleep(marker: string): number {
  const children = processesLeft(marker).flatMap(({ pid }) => childrenOf(pid));
  return children.filter((pid) => commandOf(pid) === 'sleep\x00300\x00').length;
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}
