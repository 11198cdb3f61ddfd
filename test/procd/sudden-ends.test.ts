/**
 * Jobs by hand whose starter, init or procd, or several of them, are killed with SIGKILL at random
 * times: nothing of a job is left.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { needsAttackers, type Scene, setScene } from '../breakout/attack';
import { shell } from '../run/support/ads';
import type { RunningJob } from '../run/support/site';
import { skipIf } from '../support/need';
import { ROOT, type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';

const skip = skipIf(needsAttackers());

/** Who keeps a job together. */
type Keeper = 'starter' | 'init' | 'procd';

/** Whoever is killed, the others are left to clear up. */
const VICTIMS: readonly (readonly Keeper[])[] = [
  ['starter'],
  ['init'],
  ['procd'],
  ['starter', 'init'],
  ['procd', 'starter'],
  ['procd', 'init'],
];

/** Milliseconds after the job's first word, at most, until they are killed. */
const LATEST = 400;

/** Only root may do without a PID namespace, whose end the kernel makes the end of all. */
const choices = (starter: Starter): readonly string[] =>
  starter.uid === ROOT.uid ? ['true', 'false'] : ['true'];

interface Running {
  readonly scene: Scene;
  readonly job: RunningJob;
  readonly knobs: Readonly<Record<string, string>>;
}

/**
 * Runs a test whose endings are done last first: the procds go before the directory that they are in.
 */
function lastFirst(run: (t: Endings) => Promise<void>): (t: TestContext) => Promise<void> {
  return async (t) => {
    const endings: (() => unknown)[] = [];
    try {
      await run({
        after: (ending) => void endings.push(ending),
        diagnostic: (text) => t.diagnostic(text),
      });
    } finally {
      for (const ending of endings.reverse()) await ending();
    }
  };
}

interface Endings {
  after(ending: () => unknown): void;
  diagnostic(text: string): void;
}

/** A job that goes on making processes, with a procd of its own. */
async function startHydra(t: Endings, starter: Starter, namespaces: string): Promise<Running> {
  const scene = setScene(t, starter);
  const knobs = {
    USE_PID_NAMESPACES: namespaces,
    PROCD_ADDRESS: path.join(path.dirname(scene.execute), 'run/procd'),
  };
  const { payload } = scene;
  const script = [
    'echo runs',
    `${payload} daemonize ${payload}`,
    `${payload} stubborn-children`,
    `${payload} scattered-bomb 100`,
    'sleep 600',
  ].join('; ');
  const job = scene.start(shell(script), { knobs });
  job.ended.catch(() => undefined);
  t.after(async () => {
    await waitUntil(() => {
      for (const pid of procdsOf(scene)) kill(pid);
      return procdsOf(scene).length === 0;
    }, 'the procd to end');
  });
  await job.said('runs');
  return { scene, job, knobs };
}

/** The pids of whoever keeps the job together. */
function keepers({ scene, job }: Running): Readonly<Record<Keeper, number>> {
  const starter = job.process.pid ?? 0;
  const init = childrenOf(starter).find((pid) => nameOf(pid) === 'eyrie-init') ?? 0;
  const [procd = 0] = procdsOf(scene);
  assert.ok(starter > 1 && init > 1 && procd > 1, JSON.stringify({ starter, init, procd }));
  return { starter, init, procd };
}

function procdsOf({ directory }: Scene): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && nameOf(Number(name)) === 'condor_procd')
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(directory))
    .map(Number);
}

/** Waits until the cgroup is gone that a procd of root had made for the family of an init. */
async function noControlGroupLeft(init: number): Promise<void> {
  const left = (): readonly string[] =>
    ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/freezer']
      .flatMap((directory) => (existsSync(directory) ? readdirSync(directory) : []))
      .filter((name) => name.startsWith(`eyrie-family-${init}-`));
  await waitUntil(
    () => left().length === 0,
    () => `${left().join(' ')} to go`,
  );
}

const childrenOf = (pid: number): readonly number[] =>
  read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

const nameOf = (pid: number): string => read(`/proc/${pid}/comm`).trim();

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended: another one's death was its own.
  }
}

for (const starter of STARTERS) {
  for (const namespaces of choices(starter)) {
    describe(`a job of ${starter.name}, USE_PID_NAMESPACES = ${namespaces},`, { skip }, () => {
      for (const victims of VICTIMS) {
        test(
          `leaves nothing when SIGKILL meets ${victims.join(' and ')}`,
          lastFirst(async (t) => {
            const running = await startHydra(t, starter, namespaces);
            const { scene, job } = running;
            const found = keepers(running);
            const moment = randomInt(LATEST);
            t.diagnostic(`killed after ${moment} ms`);
            await delay(moment);
            await waitUntil(() => scene.left().length > 0, 'the job to begin');
            for (const victim of victims) kill(found[victim]);
            // A job goes on without its procd, and is ended as it would be with one.
            if (!victims.includes('starter') && !victims.includes('init'))
              job.process.kill('SIGQUIT');
            await scene.nothingLeft();
            await job.ended;
          }),
        );
      }

      test(
        'leaves nothing to a later job when all three are killed',
        lastFirst(async (t) => {
          const running = await startHydra(t, starter, namespaces);
          const { scene, knobs } = running;
          await waitUntil(() => scene.left().length > 20, 'the job to make processes');
          const { init, procd, starter: first } = keepers(running);
          for (const pid of [procd, first, init]) kill(pid);
          await scene.run(shell('echo later'), { knobs });
          await noControlGroupLeft(init);
        }),
      );
    });
  }
}
