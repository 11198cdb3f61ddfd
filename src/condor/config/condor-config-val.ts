/**
 * Runs the pool's own `condor_config_val`: nobody else reads HTCondor's configuration as HTCondor
 * does.
 */
import { spawnSync } from 'node:child_process';
import { readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../result';
import { configValArguments } from './config-val-output';

const NAME = 'condor_config_val';

/** Where it may be, if not beside the startd. The PATH is not searched: root's can be anybody's. */
const DIRECTORIES = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/condor/bin'];

const TIMEOUT = 30_000;
const OUTPUT_LIMIT = 4 * 1024 * 1024;

/**
 * Finds the program: of the installation that the parent, a daemon of HTCondor's, was started from,
 * else of the usual places.
 *
 * @param parentPid 0: there is none
 * @returns a sentence that says where it was looked for, or why what is there is not run
 */
export function findConfigVal(
  parentPid: number,
  directories: readonly string[] = DIRECTORIES,
): Result<string, string> {
  const candidates = [
    ...besideParent(parentPid),
    ...directories.map((one) => path.join(one, NAME)),
  ];
  for (const candidate of candidates) {
    if (statSync(candidate, { throwIfNoEntry: false }) === undefined) continue;
    const distrust = whyNotRun(candidate);
    return distrust === undefined ? ok(candidate) : err(`${candidate}: ${distrust}`);
  }
  return err(`${NAME} of HTCondor was not found: looked for ${candidates.join(', ')}`);
}

/** `…/sbin/condor_startd` has it in `…/bin`, or beside itself. */
function besideParent(pid: number): readonly string[] {
  let program: string;
  try {
    program = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return []; // another user's process, or none
  }
  if (!path.basename(program).startsWith('condor_')) return [];
  const directory = path.dirname(program);
  return [path.join(directory, '../bin', NAME), path.join(directory, NAME)];
}

/** Root runs what root alone can change. */
function whyNotRun(program: string): string | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  let place = realpathSync(program);
  if (!statSync(place).isFile()) return 'not a regular file';
  for (;;) {
    const distrust = whyChangeable(place, statSync(place));
    if (distrust !== undefined) return distrust;
    if (place === path.sep) return undefined;
    place = path.dirname(place);
  }
}

function whyChangeable(place: string, { uid, mode }: Stats): string | undefined {
  if (uid !== 0)
    return `${place} belongs to user ${uid}, and root runs what is root's (chown root)`;
  if ((mode & 0o022) === 0) return undefined;
  return `${place} can be written to by others than root (chmod go-w)`;
}

/** What a run of the program gave. */
export interface ConfigValRun {
  /** Its process id, which `$(PID)` was for it. */
  readonly pid: number;
  readonly output: string;
}

/**
 * Asks for everything that a starter wants to know. It takes about 5 ms, and nothing else happens
 * meanwhile: a starter can do nothing before it knows its configuration.
 *
 * @param environment of the program: overrides of knobs, CONDOR_CONFIG, and what `$ENV()` may name
 */
export function runConfigVal(
  program: string,
  localName: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Result<ConfigValRun, string> {
  const run = spawnSync(program, configValArguments(localName), {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: TIMEOUT,
    maxBuffer: OUTPUT_LIMIT,
  });
  if (run.error !== undefined) return err(`cannot run ${program}: ${run.error.message}`);
  if (run.status === 0) return ok({ pid: run.pid, output: run.stdout });
  const how = run.signal === null ? `status ${run.status}` : run.signal;
  return err(`${program} ended with ${how}: ${complaint(run.stderr)}`);
}

/** What it wrote to standard error, in one line; the headings of `-config` are there too. */
function complaint(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !/onfiguration sources?:$/.test(line));
  return said.join(' ').slice(0, 1000) || 'it did not say why';
}
