/** What is measured of a procd. Each takes a daemon and its crowd, and gives numbers by name. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { memoryBesideJob } from './memory.mjs';

/** How often a request is timed in a row. */
const TIMES = 5;

async function milliseconds(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** The fastest of a few: the first finds nothing in any cache. */
async function best(action) {
  let found = Infinity;
  for (let i = 0; i < TIMES; i++) found = Math.min(found, await milliseconds(action));
  return found;
}

/** Snapshot and usage of everything. */
export function askingMeasures({ families, count }) {
  const what = `${count} processes in ${families === 1 ? '1 family' : `${families} families`}`;
  return async (daemon) => ({
    [`${what}: snapshot, ms`]: await best(() => daemon.ask({ command: 'take-snapshot' })),
    [`${what}: usage with PSS, ms`]: await best(() =>
      daemon.ask({ command: 'get-usage', root: 0 }),
    ),
    ...(count === 5000 && {
      [`${what}: private memory, MiB`]: memoryBesideJob(daemon.pid, undefined) / 1024,
    }),
  });
}

/** Milliseconds after which a daemon that still kills has failed. */
const KILL_PATIENCE = 20_000;

/** Milliseconds after the reply in which the last may still go. */
const DYING = 3000;

/**
 * Kills 5,000 processes, of a bomb such as replace themselves meanwhile. A reply may come before all
 * are gone: so what counts is when nobody is left. Who is left in the end is counted.
 */
export function killMeasures(what) {
  return async (daemon, crowd) => {
    const program = readlinkSync(`/proc/${crowd.pid}/exe`);
    const left = () => processesOf(program).filter((pid) => pid !== crowd.pid);
    const request = { command: 'kill-family', root: crowd.roots[0] };
    const start = performance.now();
    await daemon.ask(request, KILL_PATIENCE).catch(() => {});
    const reply = performance.now() - start;
    let survivors = left();
    while (survivors.length > 0 && performance.now() - start < reply + DYING) survivors = left();
    const gone = performance.now() - start;
    const count = survivors.length;
    for (; survivors.length > 0; survivors = left()) for (const pid of survivors) kill(pid);
    return {
      [`${what}: reply to kill, ms`]: reply,
      [`${what}: nobody left, ms`]: count === 0 ? gone : Infinity,
      [`${what}: left, processes`]: count,
    };
  };
}

/** CPU time while nothing happens. */
export function idleMeasures(seconds) {
  return async (daemon) => {
    await daemon.ask({ command: 'take-snapshot' });
    const before = cpuTime(daemon.pid);
    await setTimeout(seconds * 1000);
    return {
      [`1000 processes, idle: CPU in ${seconds} s, ms`]: cpuTime(daemon.pid) - before,
      '1000 processes, idle: private memory, MiB': memoryBesideJob(daemon.pid, undefined) / 1024,
    };
  };
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Milliseconds of a process and its children, of which nobody ends meanwhile. */
function cpuTime(pid) {
  const own = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  const threads = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const mine = threads.reduce((sum, each) => sum + each, 0) || Number(own[0]);
  return children.filter(Boolean).reduce((sum, child) => sum + cpuTime(child), mine / 1e6);
}

function processesOf(program) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`) === program;
      } catch {
        return false;
      }
    });
}
