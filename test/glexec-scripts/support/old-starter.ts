/** A caller of condor_glexec_run that follows HTCondor's old contract to the letter: old-starter.py. */
import path from 'node:path';
import { startCommand } from '../../support/command';
import { TREE } from '../../support/root';
import { waitUntil } from '../../support/wait';
import { CALLER, helper, type Stage } from './stage';

/** What is run, and what the old starter does wrong. */
export interface OldRun {
  readonly command: readonly string[];
  /** Of stdin, stdout, stderr: a file's name for the wrapper, or a path that the starter opens. */
  readonly streams?: readonly (string | { readonly opened: string })[];
  /** In V2 form, as it is sent. */
  readonly environment?: string;
  readonly retries?: number;
  readonly wrapper?: string;
  /** The script waits for SIGCONT before its first line. */
  readonly stopped?: boolean;
  readonly wrong?: 'no-descriptor' | 'two-descriptors' | 'silence' | number;
}

/** What the old starter saw. */
export interface OldSight {
  readonly attempts: number;
  /** In hex; empty where none came. */
  readonly hello: string;
  /** What came through the new socket: nothing where the job runs. */
  readonly error?: string | null;
  /** Whether the old socket was still open when the new one was closed. */
  readonly lingers?: boolean;
  /** Seconds from the first answer to the end of the new socket. */
  readonly told?: number;
  /** Exit status of the script; below 0 a signal. */
  readonly status: number;
  /** What gLExec and the wrapper wrote to their standard output and error. */
  readonly output: string;
}

/** HELLO, on this machine. */
export const HELLO = Buffer.from(new Uint32Array([0xdead_beef]).buffer).toString('hex');

/**
 * Starts a job so. `born` gives the pid of the script when there is a process, and `started` when the job
 * was executed.
 */
export function startOldStarter(stage: Stage, run: OldRun) {
  const streams = run.streams ?? ['/dev/null', 'out', 'err'];
  const words = streams.map((each) => (typeof each === 'string' ? each : '-'));
  const wrapper = run.wrapper ?? helper('job_wrapper');
  const request = {
    script: helper('run'),
    words: [stage.glexec, stage.proxy, stage.sandbox, wrapper, ...words, ...run.command],
    environment: run.environment ?? '',
    open: streams.flatMap((each) => (typeof each === 'string' ? [] : [each.opened])),
    retries: run.retries ?? 0,
    directory: stage.condor,
    uid: CALLER,
    stopped: run.stopped ?? false,
    wrong: run.wrong,
  };
  const program = path.join(TREE, 'test/glexec-scripts/support/old-starter.py');
  const env = { PATH: process.env.PATH ?? '', SECRET_OF_THE_DAEMON: 'x', HOME: '/nonexistent' };
  const running = startCommand(['python3', program], { env, input: JSON.stringify(request) });
  const lines = () => running.stdout().trim().split('\n');
  const pidOf = async (what: 'born' | 'started'): Promise<number> => {
    const line = () => lines().find((each) => each.startsWith(`{"${what}"`));
    await waitUntil(
      () => line() !== undefined,
      () => `a job: ${running.stdout()} ${running.stderr()}`,
    );
    return (JSON.parse(line() ?? '{}') as Record<string, number>)[what] ?? 0;
  };
  return {
    born: () => pidOf('born'),
    started: () => pidOf('started'),
    async seen(): Promise<OldSight> {
      const { stderr, stdout } = await running.ended;
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(lines().at(-1) ?? '') as OldSight;
    },
  };
}

/** Runs a job so to its end. */
export function runOldStarter(stage: Stage, run: OldRun): Promise<OldSight> {
  return startOldStarter(stage, run).seen();
}
