/** One measurement of one command. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { findJob, memoryBesideJob } from './memory.mjs';

/** What a shell of a system daemon would have; HOME for an ordinary user's configuration. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: process.env.HOME, LANG: 'C' };

/** Milliseconds until a job must have begun. */
const PATIENCE = 10_000;

/** Milliseconds after which everything that follows the job's begin has been done. */
const SETTLED = 700;

/** @returns {{wall: number, cpu: number}} milliseconds; throws if the command failed */
export function measureTime({ work }, { argv, env, root, result }) {
  if (result) rmSync(result, { force: true });
  const clock = [...(root ? ['-r', root] : []), ...argv];
  const done = spawnSync(`${work}/clock`, clock, {
    env: { ...ENVIRONMENT, ...env },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const [wall, user, system, status] = done.output[3].split(' ').map(Number);
  if (done.status !== 0 || status !== 0) throw failure(argv, done.stdout + done.stderr);
  // A starter that could not run the job may well end with 0.
  if (result && !jobSucceeded(result))
    throw failure(argv, 'no result says that the job ended with 0');
  return { wall: wall / 1000, cpu: (user + system) / 1000 };
}

function jobSucceeded(result) {
  return existsSync(result) && /^ExitCode = 0$/m.test(readFileSync(result, 'utf8'));
}

function failure(argv, output) {
  return new Error(`${argv.join(' ')} failed:\n${output}`);
}

/**
 * KiB of private memory beside a sleeping job, with another such job on the machine: what one more
 * job costs. Alone, all of a program's pages from files would count as private.
 */
export async function measureMemory(command, program) {
  const first = await startSleeping(command, program);
  try {
    const second = await startSleeping(command, program);
    await setTimeout(SETTLED);
    const memory = memoryBesideJob(second.child.pid, second.job);
    await stop(second);
    return memory;
  } finally {
    await stop(first);
  }
}

/** Starts a command whose job sleeps; resolves when the job has begun. */
async function startSleeping({ argv, env, root }, program) {
  const line = root ? ['/usr/sbin/chroot', root, ...argv] : argv;
  const child = spawn(line[0], line.slice(1), {
    env: { ...ENVIRONMENT, ...env },
    cwd: '/',
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await setTimeout(10)) {
    if (child.exitCode !== null) throw failure(argv, `ended with ${child.exitCode}, no job seen`);
    const job = findJob(child.pid, program);
    if (job !== undefined) return { child, job, ended };
  }
  child.kill('SIGKILL');
  throw failure(argv, `no job within ${PATIENCE} ms`);
}

/** SIGQUIT: every starter kills the job at once; bubblewrap dies of it, and its init does. */
async function stop({ child, ended }) {
  child.kill('SIGQUIT');
  await ended;
}
