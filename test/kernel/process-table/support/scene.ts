/**
 * A table of processes, and families of the program in test/payload/processes.c to be in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startProcessTable } from '../../../../src/kernel/process-table';
import type {
  ProcessFacts,
  ProcessIdentity,
  ProcessTable,
  ProcessTableOptions,
  Snapshot,
  SnapshotWants,
} from '../../../../src/kernel/process-table-types';
import type { Result } from '../../../../src/result';
import { compiled } from '../../../support/compiled';
import { temporaryDirectory } from '../../../support/temporary';
import { waitUntil } from '../../../support/wait';

/** Nothing but figures. */
export const FIGURES: SnapshotWants = { ancestors: false, groups: false, cgroups: false };

/** Everything about new processes. */
export const ALL: SnapshotWants = { ancestors: true, groups: true, cgroups: true };

/** The value of a result that must be one. */
export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** A running program of a scene. */
export interface Root extends ProcessIdentity {
  readonly process: ChildProcess;
  /** Lets a verb `waiting-…` begin. */
  begin(): void;
  /** What it said: `orphan 4711`. */
  readonly said: Promise<string>;
  /** The number in that. */
  number(): Promise<number>;
}

/** How a program is run. */
export interface RootOptions {
  /** 0: of no family. */
  readonly family?: number;
  readonly uid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** In a session of its own. */
  readonly session?: boolean;
}

export interface Scene {
  readonly table: ProcessTable;
  /** The pid of its eyrie-families. */
  readonly helper: number;
  /** The program's path, which no other process on the machine runs. */
  readonly program: string;
  /** Runs the program with a verb; it is in the family before it forks. */
  run(verb: string, options?: RootOptions): Promise<Root>;
  snapshot(wants?: SnapshotWants): Promise<Snapshot>;
  /** The members of a family now; zombies are left out. */
  members(family: number): Promise<readonly ProcessFacts[]>;
  pids(family: number): Promise<readonly number[]>;
  /** Pids of living processes that run the program. */
  left(): readonly number[];
  nothingLeft(): Promise<void>;
}

/** What of a test context a scene needs. */
export interface TestEnd {
  after(hook: () => unknown): unknown;
}

/** Sets a scene; the table is closed, and its processes are killed, when the test ends. */
export async function setScene(test: TestEnd, options?: ProcessTableOptions): Promise<Scene> {
  const directory = temporaryDirectory(test);
  const program = path.join(directory, 'processes');
  copyFileSync(compiled('processes'), program);
  chmodSync(program, 0o755);
  const others = new Set(helpersOf(process.pid));
  const table = valueOf(await startProcessTable(options));
  const helper = helpersOf(process.pid).find((pid) => !others.has(pid)) ?? 0;
  const left = (): readonly number[] => processesOf(program);
  test.after(async () => {
    const families = [1, 2, 3];
    await table.signalFamilies({ families, signal: os.constants.signals.SIGKILL });
    table.close();
    for (let pids = left(); pids.length > 0; pids = left()) {
      for (const pid of pids) killNow(pid);
    }
  });
  const snapshot = async (wants = FIGURES): Promise<Snapshot> =>
    valueOf(await table.snapshot(wants));
  const members = async (family: number): Promise<readonly ProcessFacts[]> =>
    (await snapshot()).members.filter((one) => one.family === family && !one.zombie);
  return {
    table,
    helper,
    program,
    run: (verb, more) => run(table, program, verb, more),
    snapshot,
    members,
    pids: async (family) => (await members(family)).map(({ pid }) => pid).sort((a, b) => a - b),
    left,
    nothingLeft: () =>
      waitUntil(
        () => left().length === 0,
        () => `${left().length} to end`,
      ),
  };
}

async function run(
  table: ProcessTable,
  program: string,
  verb: string,
  { family = 1, uid, environment = {}, session = false }: RootOptions = {},
): Promise<Root> {
  // The shell waits for a line, so that its family is known before it becomes the program.
  const child = spawn('/bin/sh', ['-c', `read go && exec ${program} ${verb}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: session,
    env: { ...environment },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const located = valueOf(await table.locate(child.pid ?? 0));
  if (located === undefined) throw new Error(`the shell of ${verb} has ended`);
  if (family !== 0) valueOf(await table.assign(located, family));
  const said = new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
  });
  child.stdin.write('go\n');
  return {
    process: child,
    pid: located.pid,
    birthday: located.birthday,
    begin: () => child.stdin.end('x'),
    said,
    number: async () => Number((await said).split(' ')[1]),
  };
}

/** Pids of eyrie-families that are children of a process. */
export function helpersOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return (
          stat.includes('(eyrie-families)') && Number(stat.split(') ')[1]?.split(' ')[1]) === parent
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

function processesOf(program: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`).startsWith(program);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The state of a process in proc_pid_stat(5): `T` is stopped; undefined: there is none. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
