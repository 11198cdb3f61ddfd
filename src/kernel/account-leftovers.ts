/**
 * What belongs to a user beside files: processes, IPC objects and keys. Found and ended by
 * eyrie-account, since /proc may list thousands. All of it needs root.
 */
import fs from 'node:fs';
import { err, ok, type Result } from '../result';
import { errnoText } from './errno';
import { runHelper } from './helper';
import type { ProcessIdentity } from './process-table-types';
import { ACCOUNT_REPORT } from './structs';

/** A living process and whose it is, as the kernel sees it when an ordinary user sends a signal. */
export interface OwnedProcess {
  readonly pid: number;
  /** Real and saved uid. */
  readonly uids: readonly [real: number, saved: number];
}

/** All processes that this process sees; a sentence where they cannot be told. */
export async function listProcesses(): Promise<Result<readonly OwnedProcess[], string>> {
  const output = await run(['processes'], 'Cannot list processes');
  if (!output.ok) return output;
  const processes: OwnedProcess[] = [];
  for (let at = 0; at + PROCESS_SIZE <= output.value.length; at += PROCESS_SIZE) {
    processes.push({
      pid: output.value.readInt32LE(at),
      uids: [output.value.readUInt32LE(at + 4), output.value.readUInt32LE(at + 8)],
    });
  }
  return ok(processes);
}

/**
 * Kills every process of a user, until there is none: also one that forks as fast as it can.
 *
 * @param uid never root's
 * @param patience milliseconds
 * @returns a sentence: which one does not end
 */
export async function killProcessesOf(
  uid: number,
  patience: number,
): Promise<Result<void, string>> {
  const trouble = `Cannot end all processes of uid ${uid}`;
  const report = await runReport(['kill', String(patience), String(uid)], trouble);
  if (!report.ok) return report;
  return report.value.left === 0 ? ok(undefined) : err(`${trouble}: ${stillThere(report.value)}`);
}

/** Kills a process if it is the one that began then, and waits for its end; as above. */
export async function endProcessOf(
  { birthday, pid }: ProcessIdentity,
  patience: number,
): Promise<Result<void, string>> {
  const trouble = `Cannot end process ${pid}`;
  const report = await runReport(['end', String(patience), String(pid), String(birthday)], trouble);
  if (!report.ok) return report;
  return report.value.left === 0 ? ok(undefined) : err(`${trouble}: ${stillThere(report.value)}`);
}

/** Removes System V IPC objects, POSIX message queues and keys of a user. A sentence: what stays. */
export async function removeIpcOf(uid: number): Promise<Result<number, string>> {
  const trouble = 'Cannot remove IPC objects';
  const report = await runReport(['remove-ipc', String(uid)], trouble);
  if (!report.ok) return report;
  const { done, error, first, left, what } = report.value;
  if (left === 0) return ok(done);
  return err(`${trouble}: ${what} ${first}: ${errnoText(error)}${others(left)}`);
}

/** struct account_process. */
const PROCESS_SIZE = 4 * 4;
/** struct account_report: four numbers, and a text. */
const TEXT_OFFSET = 4 * 4;
const REPORT_SIZE = TEXT_OFFSET + ACCOUNT_REPORT.what[1];

interface Report {
  readonly done: number;
  readonly left: number;
  readonly first: number;
  readonly error: number;
  readonly what: string;
}

function stillThere({ error, first, left }: Report): string {
  const why = error === 0 ? 'it did not end in time' : errnoText(error);
  return `process ${first}: ${why}${others(left)}`;
}

function others(left: number): string {
  return left > 1 ? ` (and ${left - 1} more)` : '';
}

async function runReport(
  args: readonly string[],
  trouble: string,
): Promise<Result<Report, string>> {
  const ran = await run(args, trouble);
  if (!ran.ok) return ran;
  const bytes = ran.value;
  if (bytes.length !== REPORT_SIZE) return err(`${trouble}: eyrie-account ended without a report`);
  return ok({
    done: bytes.readUInt32LE(0),
    left: bytes.readUInt32LE(4),
    first: bytes.readInt32LE(8),
    error: bytes.readInt32LE(12),
    what: bytes.toString('utf8', TEXT_OFFSET, bytes.indexOf(0, TEXT_OFFSET)),
  });
}

async function run(args: readonly string[], trouble: string): Promise<Result<Buffer, string>> {
  const proc = fs.openSync('/proc', 'r');
  try {
    const ran = await runHelper('eyrie-account', args, proc);
    if (!ran.ok) return err(`${trouble}: ${ran.error.call}: ${errnoText(ran.error.errno)}`);
    const { end, output } = ran.value;
    if (end?.code === 0) return ok(output);
    const how = end?.signal === undefined ? `status ${end?.code ?? 0}` : `signal ${end.signal}`;
    return err(`${trouble}: eyrie-account ended with ${how}`);
  } finally {
    fs.closeSync(proc);
  }
}
