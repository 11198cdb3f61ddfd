/**
 * Real jobs, and `eyrie enter` into them.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  asUser,
  type CommandOptions,
  type CommandResult,
  type RunningCommand,
  startCommand,
} from '../support/command';
import { program } from '../support/eyrie';
import type { Starter } from '../support/starters';
import type { Ad } from '../run/support/ads';
import { waitUntil } from '../support/wait';
import type { RunningJob, RunOptions, Site } from '../run/support/site';

/** A job that runs until its test ends. */
export interface HeldJob {
  /** `cluster.proc`, of no other job on this machine. */
  readonly name: string;
  /** The starter's pid. */
  readonly starter: number;
  readonly running: RunningJob;
  /** What it wrote before it said that it is ready. */
  readonly said: string;
  /** Ends it and waits for its end. */
  end(): Promise<void>;
}

/** The place of a starter's records, in a session that has no directory of its own. */
export function recordPlace({ uid }: Starter): string {
  return uid === 0 ? '/run/eyrie/jobs' : `/tmp/eyrie-${uid}/jobs`;
}

let jobs = 0;

/** Starts a shell script as a job; it must say `ready`. Ended when the test is over. */
export async function holdJob(
  test: { after(end: () => Promise<void>): void },
  site: Site,
  script: string,
  { ad = {}, ...more }: RunOptions & { readonly ad?: Ad } = {},
): Promise<HeldJob> {
  jobs += 1;
  const proc = jobs;
  const cluster = 100_000 + process.pid;
  const running = site.start(
    {
      Cmd: '/bin/sh',
      Arguments: `'-c' '${script.replaceAll("'", "''")}'`,
      ClusterId: cluster,
      ProcId: proc,
      Iwd: '/',
      ...ad,
    },
    more,
  );
  await running.said('ready\n');
  const end = async (): Promise<void> => {
    running.process.kill('SIGQUIT');
    await running.ended;
  };
  test.after(end);
  const starter = running.process.pid;
  assert.ok(starter);
  const record = `${recordPlace(site.starter)}/${starter}.json`;
  // The job may be faster than its starter.
  await waitUntil(() => existsSync(record), `the record ${record}`);
  const said = running.stdout().split('ready\n')[0] ?? '';
  return { name: `${cluster}.${proc}`, starter, running, said, end };
}

/** A script's end: says that it is ready, and waits. */
export const WAIT = 'echo ready; while :; do sleep 1; done';

/** Starts `eyrie enter`. */
export function startEnter(
  who: Starter,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const command = [program('eyrie'), 'enter', ...args];
  const isOther = who.uid !== process.geteuid?.();
  return startCommand(isOther ? asUser(who.uid, command) : command, options);
}

/** Runs a script inside a job, to its end. */
export function enter(
  who: Starter,
  job: HeldJob,
  script: string,
  options: CommandOptions = {},
): Promise<CommandResult> {
  return startEnter(who, [job.name, '--', '/bin/sh', '-c', script], options).ended;
}

/**
 * The command that runs `eyrie enter` in a shell at a terminal, which script(1) makes.
 *
 * @param before a line of shell that runs at the terminal first
 * @param after likewise, afterwards
 */
export function atTerminal(
  who: Starter,
  args: readonly string[],
  { before = ':', after = ':' }: { readonly before?: string; readonly after?: string } = {},
): RunningCommand {
  const words = [program('eyrie'), 'enter', ...args].map((word) => `'${word}'`).join(' ');
  const lines = `${before}; ${words}; echo "status $?"; ${after}`;
  const command = ['script', '--quiet', '--return', '--command', lines, '/dev/null'];
  const isOther = who.uid !== process.geteuid?.();
  return startCommand(isOther ? asUser(who.uid, command) : command, {
    keepInputOpen: true,
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', TERM: 'xterm-256color', SHELL: '/bin/sh' },
  });
}
