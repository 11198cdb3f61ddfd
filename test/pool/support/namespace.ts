/**
 * The namespaces that a pool lives in: its own mounts and PIDs, which end with the pool.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CLEAN_ENVIRONMENT, type CommandResult, runCommand } from '../../support/command';
import { TREE } from '../../support/root';

/** A file or directory that is seen inside, for reading. */
export interface Bind {
  readonly outside: string;
  readonly inside: string;
}

/** What to run a command inside with. */
export interface InsideOptions {
  /** Uid and gid; root where undefined. */
  readonly uid?: number;
  /** Working directory inside; `/` where undefined. */
  readonly cwd?: string;
  readonly input?: string;
  /** Seconds until it is killed and the promise rejects; 60 where undefined. */
  readonly timeout?: number;
}

/** A running pool's namespaces. */
export interface Namespace {
  /** The first process inside, by its number outside. */
  readonly pid: number;
  /** The environment of HTCondor's tools, `NAME=value` each. */
  readonly environment: readonly string[];
  /** Runs a command inside, in the environment of HTCondor's tools. */
  run(argv: readonly string[], options?: InsideOptions): Promise<CommandResult>;
  /** Kills everything inside and waits until it is gone. */
  stop(): Promise<void>;
}

const ENVIRONMENT = [
  'CONDOR_CONFIG=/pool/condor_config',
  'PATH=/usr/local/bin:/usr/bin:/usr/sbin:/usr/libexec/condor',
  'HOME=/',
  'LANG=C.UTF-8',
];

/** Once everything inside is dead, however that came: away with the pool's directory. */
const THEN_REMOVE = '"$@"; [ -n "$EYRIE_KEEP_POOLS" ] || rm -rf "$0"';

/**
 * Starts condor_master in namespaces of its own; see scripts/pool/namespace.sh. They hang on a pipe
 * of ours, so everything inside dies when this process does, and the directory is removed.
 *
 * @param root the installed root
 * @param directory what becomes /pool
 * @param user who runs the daemons
 */
export async function startNamespace(
  root: string,
  directory: string,
  user: string,
  binds: readonly Bind[],
): Promise<Namespace> {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--'];
  const script = path.join(TREE, 'scripts/pool/namespace.sh');
  const places = binds.flatMap(({ outside, inside }) => [outside, inside]);
  const child = spawn(
    '/bin/sh',
    ['-c', THEN_REMOVE, directory, ...unshare, script, root, directory, user, ...places],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A Ctrl-C at the tests' terminal must not keep it from removing the directory.
      detached: true,
      env: { ...CLEAN_ENVIRONMENT, EYRIE_KEEP_POOLS: process.env.EYRIE_KEEP_POOLS ?? '' },
    },
  );
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const pid = await readPid(child);
  return {
    pid,
    environment: ENVIRONMENT,
    run: (argv, { input, timeout = 60, ...options } = {}) =>
      runCommand(enter(pid, argv, options), {
        timeout,
        ...(input === undefined ? {} : { input }),
      }),
    async stop() {
      child.stdin.end();
      await closed;
    },
  };
}

function enter(
  pid: number,
  argv: readonly string[],
  { uid = 0, cwd = '/' }: Pick<InsideOptions, 'uid' | 'cwd'>,
): readonly string[] {
  const ids = uid === 0 ? [] : ['-S', `${uid}`, '-G', `${uid}`];
  const environment = ['env', '-i', '-C', cwd, ...ENVIRONMENT];
  return ['nsenter', '-t', `${pid}`, '-m', '-p', ...ids, '--', ...environment, ...argv];
}

/** The line `ready PID`, or why it never came. */
function readPid(child: ChildProcess): Promise<number> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => reject(new Error(`the pool did not start: ${errors}`)));
    const lines = child.stdout ?? undefined;
    if (lines === undefined) return;
    createInterface({ input: lines }).once('line', (line) => resolve(Number(line.split(' ')[1])));
  });
}
