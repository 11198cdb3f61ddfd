/**
 * Signals to processes that a glexec has started as another user: condor_glexec_kill sends them, run
 * once for each process.
 *
 * ```
 * KILL_HELPER GLEXEC PROXY PID SIGNAL [RETRIES DELAY]
 * ```
 *
 * Source: condor_procd 7.1.3 to 9.10, option -I and command "use glexec for family".
 */
import { spawn } from 'node:child_process';
import type { GlexecPrograms } from './settings';

/** Who gets which signal, and the proxy that shows us to be their user. */
export interface GlexecSignal {
  /** The newest first. */
  readonly pids: readonly number[];
  readonly proxy: string;
  readonly signal: number;
}

/** Milliseconds that a helper may take: with HTCondor's own retries a mapping takes half a minute. */
const PATIENCE = 60_000;
/** Helpers at a time. */
const TOGETHER = 4;

/** A process that the helper could not signal. */
export interface GlexecFailure {
  readonly pid: number;
  /** The helper's exit status, or what went wrong with it. */
  readonly end: number | string;
}

/** Signals the processes, and waits for the helpers; gives those that they could not signal. */
export async function signalByHelper(
  programs: GlexecPrograms,
  { pids, proxy, signal }: GlexecSignal,
): Promise<readonly GlexecFailure[]> {
  const waiting = [...pids];
  const failures: GlexecFailure[] = [];
  const work = async (): Promise<void> => {
    for (let pid = waiting.shift(); pid !== undefined; pid = waiting.shift()) {
      const words = [programs.glexec, proxy, `${pid}`, `${signal}`, ...programs.retries];
      const end = await runHelper(programs.killHelper, words);
      if (end !== 0) failures.push({ pid, end });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return failures;
}

/** Gives the exit status, or what went wrong. */
function runHelper(program: string, words: readonly string[]): Promise<number | string> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      stdio: 'ignore',
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (status, signal) => resolve(status ?? `ended by ${signal ?? 'nobody'}`));
  });
}
