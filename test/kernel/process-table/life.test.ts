/**
 * The native program behind the table: how it ends, what it costs, what it tells of time.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { startProcessTable } from '../../../src/kernel/process-table';
import type {
  NewProcess,
  ProcessMeans,
  SignalOutcome,
} from '../../../src/kernel/process-table-types';
import { needsRoot, skipIf } from '../../support/need';
import { isAlive } from '../../support/processes';
import { waitUntil } from '../../support/wait';
import { program, runProgram, startProgram, suite } from '../support/program';
import { ALL, FIGURES, helpersOf, setScene, stateOf, valueOf } from './support/scene';

const skip = skipIf(needsRoot());
const NOBODY = 65534;
const { SIGKILL } = os.constants.signals;

/** What the program of this file does, in a process of its own. */
interface Task {
  readonly what: 'stay' | 'own processes';
  readonly events?: boolean;
}

program(async (given) => {
  const { what, events = true } = given as Task;
  if (what === 'own processes') return ownProcesses(events);
  valueOf(await startProcessTable());
  process.stderr.write('ready\n');
  return new Promise(() => setInterval(() => undefined, 1000));
});

/** What an ordinary user's table can do with a family of his own. */
async function ownProcesses(events: boolean): Promise<Seen> {
  const hooks: (() => unknown)[] = [];
  const scene = await setScene({ after: (hook) => hooks.push(hook) }, { events });
  await scene.snapshot();
  const environment = { _CONDOR_ANCESTOR_1: '2:3:4' };
  const root = await scene.run('crowd 10', { session: true, environment });
  await root.said;
  const { members, fresh } = await scene.snapshot(ALL);
  const killed = valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGKILL }));
  const first = await scene.table.locate(1);
  const birthday = first.ok ? (first.value?.birthday ?? 0) : 0;
  const other = await scene.table.signalProcess({ pid: 1, birthday }, SIGKILL);
  const seen: Seen = {
    means: scene.table.means,
    members: members.filter(({ family }) => family === 1).length,
    child: fresh.find(({ ppid }) => ppid === root.pid),
    killed,
    left: scene.left().length,
    other: other.ok ? 0 : other.error.errno,
  };
  for (const hook of hooks) await hook();
  return seen;
}

interface Seen {
  readonly means: ProcessMeans;
  readonly members: number;
  readonly child: NewProcess | undefined;
  readonly killed: SignalOutcome;
  readonly left: number;
  /** errno. */
  readonly other: number;
}

suite('eyrie-families', { skip }, () => {
  test('dies with the process that started it', async () => {
    const running = startProgram({ what: 'stay' } satisfies Task);
    await waitUntil(() => running.stderr().includes('ready'), 'the program to start');
    const [helper] = helpersOf(running.process.pid ?? 0);
    assert.ok(helper !== undefined && isAlive(helper));
    running.process.kill('SIGKILL');
    await waitUntil(() => !isAlive(helper), 'eyrie-families to end');
  });

  test('is missed when it dies: what was asked fails, and whoever waits is told', async (t) => {
    const scene = await setScene(t);
    const { helper } = scene;
    const asked = scene.snapshot().catch((error: unknown) => error);
    process.kill(helper, 'SIGKILL');
    await scene.table.lost;
    await asked;
    const gone = await scene.table.locate(1);
    assert.deepEqual(gone, {
      ok: false,
      error: { call: 'ask eyrie-families', errno: 32, gone: true },
    });
  });

  test('ends when the table is closed', async () => {
    const table = valueOf(await startProcessTable());
    const helpers = helpersOf(process.pid);
    table.close();
    await waitUntil(() => helpersOf(process.pid).length < helpers.length, 'it to end');
  });

  test('tells when a watched process ends, once, and at once where it has', async (t) => {
    const scene = await setScene(t);
    const [first, second] = [await scene.run('crowd 0'), await scene.run('crowd 0')];
    const told: string[] = [];
    const count = (): number => told.length;
    scene.table.watch(first, () => told.push('first'));
    const stop = scene.table.watch(second, () => told.push('second'));
    await scene.snapshot();
    assert.equal(count(), 0);
    stop();
    second.process.kill('SIGKILL');
    first.process.kill('SIGKILL');
    await waitUntil(() => count() > 0, 'the end to be told');
    scene.table.watch(first, () => told.push('first again'));
    scene.table.watch({ ...first, pid: process.pid }, () => told.push('another birthday'));
    await waitUntil(() => count() > 2, 'the others to be told');
    assert.deepEqual(told, ['first', 'first again', 'another birthday']);
  });

  test('tells of groups, ancestors and cgroups of new processes, and of no long ancestor', async (t) => {
    const scene = await setScene(t);
    await scene.snapshot();
    const environment = {
      _CONDOR_ANCESTOR_12: '13:1795222761:496256543',
      _CONDOR_ANCESTOR_13: 'x'.repeat(80),
      OTHER: 'y',
    };
    const root = await scene.run('crowd 1', { environment, uid: NOBODY });
    await root.said;
    const { fresh } = await scene.snapshot(ALL);
    const child = fresh.find(({ ppid }) => ppid === root.pid);
    assert.deepEqual(child?.ancestors, ['_CONDOR_ANCESTOR_12=13:1795222761:496256543']);
    assert.equal(child.uid, NOBODY);
    assert.deepEqual(
      child.groups?.filter((group) => group !== 0 && group !== NOBODY),
      [],
    );
    assert.ok(child.cgroups !== undefined && child.cgroups.length > 0);
    // Nothing of what is resident: the kernel counts it in batches, and this process has little.
    assert.ok(child.imageSize > 0);
  });

  test('counts the CPU of processes that nobody saw', async (t) => {
    const scene = await setScene(t);
    await scene.snapshot();
    const root = await scene.run('spend 100 7');
    await root.said;
    const { ended } = await scene.snapshot();
    const ticks = ended
      .filter(({ family }) => family === 1)
      .reduce((sum, one) => sum + one.userTicks + one.systemTicks, 0);
    assert.ok(ticks >= 65 && ticks <= 200, `${ticks} ticks of 70 and what forking takes`);
  });

  test('sleeps when nothing happens', async (t) => {
    const scene = await setScene(t);
    const root = await scene.run('crowd 5');
    await root.said;
    const { helper } = scene;
    const switches = (): number =>
      Number(
        /^voluntary_ctxt_switches:\s+(\d+)/m.exec(
          readFileSync(`/proc/${helper}/status`, 'utf8'),
        )?.[1],
      );
    await scene.snapshot(FIGURES);
    const before = switches();
    await delay(1000);
    // Others may fork, which wakes it 20 times a second at most.
    assert.ok(switches() - before <= 42, `${switches() - before} wake-ups in a second`);
    assert.equal(stateOf(helper), 'S');
  });

  test('keeps 20,000 processes of 200 families apart, in one snapshot', async (t) => {
    const pidMax = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
    if (pidMax < 32_768) return t.skip(`pid_max is ${pidMax}`);
    const scene = await setScene(t);
    const families = Array.from({ length: 200 }, (_, i) => i + 1);
    for (const family of families) {
      const root = await scene.run('crowd 99', { family });
      await root.said;
    }
    const { members, complete } = await scene.snapshot();
    assert.ok(complete);
    const counts = families.map((one) => members.filter(({ family }) => family === one).length);
    assert.deepEqual(new Set(counts), new Set([100]));
    const killed = valueOf(
      await scene.table.signalFamilies({ families, signal: SIGKILL, seconds: 240 }),
    );
    assert.equal(killed.left, 0);
    assert.deepEqual(scene.left(), []);
  });

  for (const events of [true, false]) {
    const how = events ? 'with events where the kernel tells users of them' : 'without events';

    test(`serves an ordinary user, who cannot touch others' processes, ${how}`, async () => {
      const task: Task = { what: 'own processes', events };
      const seen = (await runProgram(task, { uid: NOBODY })) as Seen;
      assert.ok(seen.means.events ? events : seen.means.why !== undefined);
      assert.deepEqual([seen.members, seen.left], [11, 0]);
      assert.deepEqual(seen.killed, { signalled: 11, left: 0 });
      assert.deepEqual(seen.child?.ancestors, ['_CONDOR_ANCESTOR_1=2:3:4']);
      assert.equal(seen.other, 1);
    });

    test(`serves him although /proc is mounted with hidepid=2, ${how}`, async () => {
      const hide = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
      const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const by = ['unshare', '-m', 'sh', '-c', hide, 'sh', ...user];
      const seen = (await runProgram({ what: 'own processes', events } satisfies Task, {
        by,
      })) as Seen;
      assert.deepEqual([seen.members, seen.left, seen.child?.family], [11, 0, 1]);
      assert.equal(seen.other, 1);
    });
  }
});
