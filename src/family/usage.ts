/**
 * What the living processes of a job use, by looking at the tree below its init in /proc. All
 * processes of a job are there: what loses its parent falls to init, the subreaper or PID 1 of the
 * job's namespace.
 *
 * Source: proc(5), /proc/PID/stat and /proc/PID/task/TID/children.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** A look at a family. Sums over all its processes. */
export interface FamilyUsage {
  /** Living processes, init not counted. */
  readonly processes: number;
  /** CPU seconds in user mode, those of processes that ended included. */
  readonly userCpu: number;
  /** CPU seconds in the kernel, likewise. */
  readonly systemCpu: number;
  /** Resident memory, KiB. Pages that processes share count for each. */
  readonly resident: number;
  /** Address space, KiB. */
  readonly imageSize: number;
}

/** USER_HZ, in which /proc counts on every architecture that Linux runs on. */
const TICKS_PER_SECOND = 100;
/** Bytes of a page, in which /proc counts resident memory. */
const PAGE_SIZE = 4096;

/** Fields of /proc/PID/stat, counted from the one behind the command's name (the state, 3). */
const FIELD = { utime: 11, stime: 12, cutime: 13, cstime: 14, vsize: 20, rss: 21 } as const;

/** More than any job has; where the tree changes while it is walked, pids could come again. */
const PROCESSES_MAX = 100_000;

/**
 * Looks at the family of a job.
 *
 * A process that ends while this looks may be missing, or counted with its parent: the CPU time of
 * one look can be a little below that of the look before.
 *
 * @param init host pid of the job's eyrie-init
 * @returns undefined where init has ended
 */
export function familyUsage(init: number): FamilyUsage | undefined {
  const top = readStat(init);
  if (top === undefined) return undefined;
  const sum = { processes: 0, user: top.cutime, system: top.cstime, pages: 0, bytes: 0 };
  const seen = new Set([init]);
  const waiting = childrenOf(init);
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (seen.has(pid) || seen.size > PROCESSES_MAX) continue;
    seen.add(pid);
    const stat = readStat(pid);
    if (stat === undefined) continue;
    sum.processes += 1;
    sum.user += stat.utime + stat.cutime;
    sum.system += stat.stime + stat.cstime;
    sum.pages += stat.rss;
    sum.bytes += stat.vsize;
    waiting.push(...childrenOf(pid));
  }
  return {
    processes: sum.processes,
    userCpu: sum.user / TICKS_PER_SECOND,
    systemCpu: sum.system / TICKS_PER_SECOND,
    resident: (sum.pages * PAGE_SIZE) / 1024,
    imageSize: Math.ceil(sum.bytes / 1024),
  };
}

/** Memory of one process, KiB. */
export interface ProcessSize {
  readonly resident: number;
  readonly imageSize: number;
}

/** How large a process is; undefined where it has ended. */
export function processSize(pid: number): ProcessSize | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  return { resident: (stat.rss * PAGE_SIZE) / 1024, imageSize: Math.floor(stat.vsize / 1024) };
}

type Stat = Readonly<Record<keyof typeof FIELD, number>>;

function readStat(pid: number): Stat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command's name is in parentheses and may hold any character, these too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const numbers = Object.entries(FIELD).map(([name, at]) => [name, Number(fields[at] ?? 0)]);
  return Object.fromEntries(numbers) as Stat;
}

/** The children of all threads of a process. */
function childrenOf(pid: number): number[] {
  const threads = listProc(`/proc/${pid}/task`);
  return threads.flatMap((thread) =>
    (readProc(`/proc/${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

/** Undefined where the process is gone. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function listProc(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
