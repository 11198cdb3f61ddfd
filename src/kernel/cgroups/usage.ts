/**
 * What a job has used, as its cgroup counts it: no process is missed, however short it lived, and peaks
 * are the kernel's own.
 *
 * Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/{memory,cpuacct,blkio-controller}.rst
 * of Linux, accounting/psi.rst.
 */
import { readFields, readNumber, readText } from './files';
import type { CgroupPart } from './make-cgroup';
import { JOB_PART } from './parts';

/** A look at a job's cgroup. What is undefined, nobody here counts. */
export interface CgroupUsage {
  readonly cpu: CpuTime | undefined;
  readonly memory: MemoryUse | undefined;
  readonly io: BlockIo | undefined;
  readonly pressure: Pressure | undefined;
}

/** Seconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Bytes. */
export interface MemoryUse {
  /** Memory that the kernel cannot take back without swapping: anonymous and shared. */
  readonly held: number;
  /** Files that are kept in memory: the kernel takes that back when it needs it. */
  readonly cache: number;
  /** The most that there was of both together; undefined: the kernel (before 5.19, version 2) does not tell. */
  readonly peak: number | undefined;
}

/** Counts of requests, and bytes. */
export interface BlockIo {
  readonly reads: number;
  readonly writes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Seconds in which at least one process of the job waited for a resource. */
export interface Pressure {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly io: number | undefined;
}

/** Looks at a job's cgroup in all its hierarchies. */
export function readUsage(parts: readonly CgroupPart[]): CgroupUsage {
  const second = parts.find(({ version }) => version === 2);
  const having = (name: CgroupPart['controllers'][number]): CgroupPart | undefined =>
    parts.find(({ controllers }) => controllers.includes(name));
  return {
    cpu: readCpu(second, having('cpuacct')),
    memory: readMemory(having('memory')),
    io: readIo(having('io')),
    pressure: second && readPressure(second.directory),
  };
}

/** Version 2 counts it without a controller, and init's apart. */
function readCpu(second: CgroupPart | undefined, first: CgroupPart | undefined) {
  if (second !== undefined) {
    const fields = readFields(`${second.directory}/${JOB_PART}`, 'cpu.stat');
    const [user, system] = [fields.get('user_usec'), fields.get('system_usec')];
    if (user !== undefined && system !== undefined) {
      return { user: user / 1e6, system: system / 1e6 };
    }
  }
  if (first === undefined) return undefined;
  const user = readNumber(first.directory, 'cpuacct.usage_user');
  const system = readNumber(first.directory, 'cpuacct.usage_sys');
  return user === undefined || system === undefined
    ? undefined
    : { user: user / 1e9, system: system / 1e9 };
}

function readMemory(part: CgroupPart | undefined): MemoryUse | undefined {
  if (part === undefined) return undefined;
  const { directory, version } = part;
  const stat = readFields(directory, 'memory.stat');
  const [anonymous, files, shared] =
    version === 2
      ? (['anon', 'file', 'shmem'] as const)
      : (['total_rss', 'total_cache', 'total_shmem'] as const);
  const of = (name: string): number | undefined => stat.get(name);
  const [held, all, own = 0] = [of(anonymous), of(files), of(shared)];
  if (held === undefined || all === undefined) return undefined;
  const peak = readNumber(directory, version === 2 ? 'memory.peak' : 'memory.max_usage_in_bytes');
  // What is in shared memory and on tmpfs is counted among the files.
  return { held: held + own, cache: Math.max(0, all - own), peak };
}

function readIo(part: CgroupPart | undefined): BlockIo | undefined {
  if (part === undefined) return undefined;
  return part.version === 2 ? readIoOf2(part.directory) : readIoOf1(part.directory);
}

/** `8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 …`, a line a disk. */
function readIoOf2(directory: string): BlockIo | undefined {
  const text = readText(directory, 'io.stat');
  if (text === undefined) return undefined;
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  return {
    reads: sum('rios'),
    writes: sum('wios'),
    bytesRead: sum('rbytes'),
    bytesWritten: sum('wbytes'),
  };
}

/** `8:0 Read 90430464`, a line for each kind of request of each disk. */
function readIoOf1(directory: string): BlockIo | undefined {
  const counts = readText(directory, 'blkio.throttle.io_serviced_recursive');
  const bytes = readText(directory, 'blkio.throttle.io_service_bytes_recursive');
  if (counts === undefined || bytes === undefined) return undefined;
  const sum = (text: string, kind: string): number =>
    [...text.matchAll(new RegExp(`^\\d+:\\d+ ${kind} (\\d+)$`, 'gm'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  return {
    reads: sum(counts, 'Read'),
    writes: sum(counts, 'Write'),
    bytesRead: sum(bytes, 'Read'),
    bytesWritten: sum(bytes, 'Write'),
  };
}

function readPressure(directory: string): Pressure | undefined {
  const [cpu, memory, io] = ['cpu', 'memory', 'io'].map((name) =>
    stalled(readText(directory, `${name}.pressure`)),
  );
  return cpu === undefined && memory === undefined && io === undefined
    ? undefined
    : { cpu, memory, io };
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`, in microseconds. */
function stalled(text: string | undefined): number | undefined {
  const [, total] = /^some .*total=(\d+)/m.exec(text ?? '') ?? [];
  return total === undefined ? undefined : Number(total) / 1e6;
}
