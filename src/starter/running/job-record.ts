/**
 * What a starter tells of the job that it runs, for `eyrie enter` and `eyrie ps`: a small JSON file
 * while the job runs.
 *
 * Root reads the records of ordinary users, who can write there what they like: whatever is taken from
 * one is checked here, and root goes into such a job as its user and not as root.
 */
import type { JobEntry } from '../../job/entry-plan';
import type { ProcessIdentity } from '../../kernel/proc/process-identity';
import { readEntry } from './read-entry';
import { isObject, isText, isWhole } from './shapes';

/** A job that runs. */
export interface JobRecord {
  readonly starter: ProcessIdentity;
  readonly cluster: number;
  readonly proc: number;
  /** `slot1_2`; empty where it has none. */
  readonly slot: string;
  /** `schedd#12.0#1700000000`: GlobalJobId of the job's ad; undefined: a job by hand. */
  readonly globalId: string | undefined;
  /** The account that the job runs as. */
  readonly user: string;
  /** The job's program. */
  readonly command: string;
  /** The sandbox's path, on the host as in the job. */
  readonly sandbox: string;
  readonly init: InitIdentity;
  /** The pid of the job's main process on this host; undefined where the kernel does not tell it. */
  readonly pid: number | undefined;
  /** When it started, seconds since 1970. */
  readonly since: number;
  /** The address of the procd that its family is registered with; undefined: with none. */
  readonly procd: string | undefined;
  readonly entry: JobEntry;
}

/** The job's eyrie-init. */
export interface InitIdentity {
  readonly pid: number;
  /** Field 22 of its /proc/PID/stat. */
  readonly startTime: string;
}

/** A record as text. */
export function printRecord(record: JobRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Reads a record's text; undefined: it is none. */
export function parseRecord(text: string): JobRecord | undefined {
  const read = parseJson(text);
  if (!isObject(read) || !isIdentity(read.starter) || !isInit(read.init)) return undefined;
  const { cluster, proc, slot, globalId, user, command, sandbox, pid, since, procd } = read;
  const entry = readEntry(read.entry);
  const texts = [slot, user, command, sandbox].every(isText);
  const optional = [globalId, procd].every((each) => each === undefined || isText(each));
  const numbers = isWhole(cluster) && isWhole(proc) && typeof since === 'number';
  if (!texts || !optional || !numbers || entry === undefined) return undefined;
  if (pid !== undefined && !isWhole(pid)) return undefined;
  return { ...read, entry } as unknown as JobRecord;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    isObject(value) &&
    isWhole(value.pid) &&
    [value.startTime, value.pidNamespace, value.bootId].every(isText)
  );
}

function isInit(value: unknown): value is InitIdentity {
  return isObject(value) && isWhole(value.pid) && value.pid > 1 && isText(value.startTime);
}
