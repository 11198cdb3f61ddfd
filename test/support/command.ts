/**
 * Running a command to its end, with its output.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command gets beside its arguments. */
export interface CommandOptions {
  /** Run as this uid, with the gid of the same number and no other groups. Root only. */
  readonly uid?: number;
  /** Text for stdin; undefined: /dev/null. */
  readonly input?: string;
  /** Keeps stdin open after the input, for a test that writes more to `process.stdin`. */
  readonly keepInputOpen?: boolean;
  /** The whole environment; undefined: PATH, HOME and LANG only. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** How its output becomes text; `latin1` has a character for each byte. `utf8` where undefined. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Seconds until the command is killed and the promise rejects; 60 where undefined. */
  readonly timeout?: number;
}

/** A command that runs. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** What it wrote to stdout so far. */
  stdout(): string;
  /** What it wrote to stderr so far. */
  stderr(): string;
  readonly ended: Promise<CommandResult>;
}

const DEFAULT_TIMEOUT = 60;

/** The environment of commands under test: nothing of the developer's own. */
export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
};

/**
 * Starts a command.
 *
 * @param argv the program (a path, or a name on PATH) and its arguments
 */
export function startCommand(
  argv: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const [program, ...args] = options.uid === undefined ? argv : asUser(options.uid, argv);
  if (program === undefined) {
    throw new Error('startCommand() needs a program');
  }
  const hasInput = options.input !== undefined || options.keepInputOpen === true;
  const child = spawn(program, args, {
    cwd: options.cwd ?? '/',
    env: { ...(options.env ?? CLEAN_ENVIRONMENT) },
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding(options.encoding ?? 'utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  // A command that does not read its input to the end is no failure of the test.
  child.stdin?.on('error', () => undefined).write(options.input ?? '');
  if (options.keepInputOpen !== true) child.stdin?.end();
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: end(child, output, argv, options.timeout ?? DEFAULT_TIMEOUT),
  };
}

/** Runs a command to its end; see {@link startCommand}. */
export function runCommand(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return startCommand(argv, options).ended;
}

/** The argument vector that runs `argv` with another uid and gid and without groups. */
export function asUser(uid: number, argv: readonly string[]): readonly string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--', ...argv];
}

function end(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
  argv: readonly string[],
  timeout: number,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(
          `${argv.join(' ')}: not ended after ${timeout} s\n${output.stdout}${output.stderr}`,
        ),
      );
    }, timeout * 1000);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ ...output, status: status ?? undefined, signal: signal ?? undefined });
    });
  });
}
