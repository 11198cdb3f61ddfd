/**
 * Running the condor_glexec_* scripts, but for condor_glexec_run: each does one thing as the account of
 * a proxy, and ends.
 */
import type * as ChildProcess from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import type { GlexecSettings } from '../job/glexec-mode';

/** The scripts by what they do. */
export type GlexecScript = 'setup' | 'cleanup' | 'kill' | 'update_proxy';

/** How a script ended. */
export interface ScriptEnd {
  /** As wait(2) gives it: exit status 2 is 512. -1: it could not be started. */
  readonly status: number;
  /** What it said, in one line. */
  readonly text: string;
}

/** Milliseconds that its words may come after its end: a gLExec that hangs may hold the pipe. */
const LAST_WORDS_MS = 2000;

/** Characters of its words that are kept: they become a hold reason. */
const TEXT_MAX = 4000;

/** The path of a helper in a directory of them. */
export function helperPath(directory: string, name: GlexecScript | 'run' | 'job_wrapper'): string {
  return path.join(directory, `condor_glexec_${name}`);
}

/**
 * Runs a script to its end, with this process's environment on purpose: gLExec's way to its mapping
 * service may need what is there.
 *
 * @param directory where the scripts are
 */
export function runGlexecScript(
  directory: string,
  name: GlexecScript,
  words: readonly string[],
  { timeout }: Pick<GlexecSettings, 'timeout'>,
): Promise<ScriptEnd> {
  return new Promise((resolve) => {
    const script = loadChildProcess().spawn(helperPath(directory, name), words, {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A session of its own: the terminal's signals are for us.
      detached: true,
      env: { ...process.env, _CONDOR_GLEXEC_TIMEOUT: `${timeout}` },
    });
    let text = '';
    let status = -1;
    const done = (): void => resolve({ status, text: oneLine(text) });
    script.stderr.on('data', (bytes: Buffer) => {
      text = `${text}${bytes.toString()}`.slice(-TEXT_MAX);
    });
    script.on('error', (error) => {
      text += error.message;
      done();
    });
    script.on('exit', (code, signal) => {
      status = signal === null ? (code ?? 0) << 8 : os.constants.signals[signal];
      const timer = setTimeout(done, LAST_WORDS_MS);
      script.on('close', () => {
        clearTimeout(timer);
        done();
      });
    });
  });
}

/** As with node:crypto in glexec-proxy.ts. */
function loadChildProcess(): typeof ChildProcess {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- said above
  return require('node:child_process') as typeof ChildProcess;
}

/** Lines as one. gLExec's library warns of something that nobody can do anything about. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('pthread_mutex_init'))
    .join('; ');
}

/** Words for how a process ended, from wait(2)'s status. */
export function statusWords(status: number): string {
  if (status < 0) return 'could not be started';
  return (status & 0x7f) === 0
    ? `ended with ${status >> 8}`
    : `was killed by signal ${status & 0x7f}`;
}
