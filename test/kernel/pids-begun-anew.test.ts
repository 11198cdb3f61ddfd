/**
 * The family of a job without a PID namespace where pids have begun anew at the lowest: whoever goes through
 * /proc in their order meets children before their parents.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { LocalLaunch } from '../../src/kernel/launch-types';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { launched, NOBODY, planOf, script } from './support/plans';
import { program, runProgram, suite } from './support/program';

/** The number after which the kernel looks for the next one, in this PID namespace. */
const LAST_PID = '/proc/sys/kernel/ns_last_pid';

const GENERATIONS = ['main', 'child', 'grandchild'];

/** Three generations; each says who it is, and when it hears SIGUSR1. */
const family = (directory: string): string => `
cd ${directory}
begin() { trap "echo $1 >> heard" USR1; read pid rest < /proc/self/stat; echo $pid > $1; }
idle_until() { until [ -e $1 ]; do sleep 0.02; done; }
begin main; idle_until go-child
( begin child; idle_until go-grandchild
  ( begin grandchild; idle_until never ) &
  idle_until never ) &
idle_until never`;

interface Family {
  readonly launch: LocalLaunch;
  /** The eldest first. */
  readonly pids: readonly number[];
  /** Who has heard SIGUSR1. */
  readonly heard: () => readonly string[];
}

const linesOf = (file: string): readonly string[] =>
  fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

/** Starts the family, each generation with lower pids than the one before. */
async function startFamily(directory: string): Promise<Family> {
  fs.writeFileSync(LAST_PID, '9000');
  const run = script(family(directory));
  const launch = launched(planOf({ namespaces: [], run }));
  const began = await launch.go();
  assert.ok(began.ok, JSON.stringify(began));
  const pids: number[] = [];
  for (const generation of GENERATIONS) {
    fs.writeFileSync(LAST_PID, `${9000 - 3000 * pids.length}`);
    fs.writeFileSync(`${directory}/go-${generation}`, '');
    await waitUntil(() => linesOf(`${directory}/${generation}`).length > 0, `the ${generation}`);
    pids.push(Number(linesOf(`${directory}/${generation}`)[0]));
  }
  assert.deepEqual(
    pids,
    [...pids].sort((a, b) => b - a),
    'the youngest has the lowest',
  );
  return { launch, pids, heard: () => linesOf(`${directory}/heard`) };
}

/** Or it waits for a stopped child that it vforked and that has not called exec yet. */
const isStopped = (pid: number): boolean =>
  /\) [TD]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));

const ACTS: Readonly<Record<string, (family: Family) => Promise<void>>> = {
  'hears a signal, each process once': async ({ heard, launch }) => {
    launch.signalFamily(10);
    await waitUntil(
      () => heard().length >= GENERATIONS.length,
      () => `all: ${heard().join()}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual([...heard()].sort(), [...GENERATIONS].sort());
  },
  'stands still and goes on, all of it': async ({ launch, pids }) => {
    launch.signalFamily(19);
    await waitUntil(() => pids.every(isStopped), 'all to stop');
    launch.signalFamily(18);
    await waitUntil(() => !pids.some(isStopped), 'all to go on');
  },
  'stands still, also where the eldest does already': async ({ launch, pids }) => {
    process.kill(pids[0]!, 'SIGSTOP');
    await waitUntil(() => isStopped(pids[0]!), 'the eldest to stop');
    launch.signalFamily(19);
    await waitUntil(() => pids.every(isStopped), 'all to stop');
  },
};

program(async (input) => {
  const { act, directory } = input as { readonly act: string; readonly directory: string };
  const started = await startFamily(directory);
  await ACTS[act]!(started);
  started.launch.signalFamily(9);
  const exit = await started.launch.exited;
  assert.ok(exit.ok);
  return [exit.value.signal, started.pids.filter((pid) => fs.existsSync(`/proc/${pid}`))];
});

suite('the family of a job, where pids begin anew', { skip: skipIf(needsRoot()) }, () => {
  for (const act of Object.keys(ACTS)) {
    test(act, async (t) => {
      const directory = temporaryDirectory(t, { uid: NOBODY });
      const by = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
      assert.deepEqual(await runProgram({ act, directory }, { by }), [9, []]);
    });
  }
});
