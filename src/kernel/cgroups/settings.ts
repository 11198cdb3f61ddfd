/**
 * Limits as the kernel's files have them: which controller, which file, what is written into it. Version
 * 1 and 2 differ in names, units and ranges, and this is where.
 *
 * Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux.
 */
import type { CgroupLimits, MemoryLimits } from '../../job/cgroup-plan';
import type { Controller } from './hierarchies';

/** One file to write. */
export interface Setting {
  readonly controller: Controller;
  /** What it is for, to a person: `hard memory limit`. */
  readonly purpose: string;
  /** The files' names: the first one that is there is meant, or all that `*` stands for. */
  readonly files: readonly string[];
  readonly value: string;
}

/** Microseconds in which a CPU limit is kept: the kernel's default. */
const PERIOD = 100_000;

/** Lowest and highest value of each weight. */
const RANGES = {
  'cpu.weight': [1, 10_000],
  'cpu.shares': [2, 262_144],
  // BFQ takes no more.
  'io.weight': [1, 1000],
  'blkio.weight': [10, 1000],
} as const;

/** The files of a job's cgroup in the order in which they can be written. */
export function settingsOf(limits: CgroupLimits, version: 1 | 2): readonly Setting[] {
  return [
    ...(version === 2 ? cpuOf2(limits) : cpuOf1(limits)),
    ...some(limits.cpus, (cpus) => cpusetSetting(cpus)),
    ...(version === 2 ? memoryOf2(limits.memory) : memoryOf1(limits.memory)),
    // One more: eyrie-init counts.
    ...some(limits.pids, (pids) => setting('pids', 'limit of processes', ['pids.max'], pids + 1)),
    ...(version === 2 ? ioOf2(limits) : ioOf1(limits)),
    ...some(limits.hugePages, (bytes) => hugePages(bytes, version)),
    // Version 2 has no file for that: hide-devices.ts.
    ...(version === 1 ? deniedDevices(limits) : []),
  ];
}

function cpuOf2({ cpuLimit, cpuWeight }: CgroupLimits): readonly Setting[] {
  return [
    ...some(cpuWeight, (weight) =>
      setting('cpu', 'CPU weight', ['cpu.weight'], within('cpu.weight', weight)),
    ),
    ...some(cpuLimit, (cores) =>
      setting('cpu', 'CPU limit', ['cpu.max'], `${quota(cores)} ${PERIOD}`),
    ),
  ];
}

function cpuOf1({ cpuLimit, cpuWeight }: CgroupLimits): readonly Setting[] {
  return [
    ...some(cpuWeight, (weight) =>
      setting('cpu', 'CPU weight', ['cpu.shares'], within('cpu.shares', weight)),
    ),
    ...some(cpuLimit, () => setting('cpu', 'CPU limit', ['cpu.cfs_period_us'], PERIOD)),
    ...some(cpuLimit, (cores) => setting('cpu', 'CPU limit', ['cpu.cfs_quota_us'], quota(cores))),
  ];
}

/** The kernel takes no less than a millisecond. */
function quota(cores: number): number {
  return Math.max(1000, Math.round(cores * PERIOD));
}

function cpusetSetting(cpus: readonly number[]): Setting {
  return setting('cpuset', 'set of CPUs', ['cpuset.cpus'], cpus.join(','));
}

function memoryOf2(memory: MemoryLimits = {}): readonly Setting[] {
  return [
    ...some(memory.hard, (bytes) => memorySetting('hard limit', 'memory.max', bytes)),
    ...some(memory.high, (bytes) => memorySetting('high mark', 'memory.high', bytes)),
    ...some(memory.low, (bytes) => memorySetting('protection', 'memory.low', bytes)),
    ...some(memory.swap, (bytes) => memorySetting('swap limit', 'memory.swap.max', bytes)),
  ];
}

/** The limit with swap may never be below the one without, so it comes after. */
function memoryOf1(memory: MemoryLimits = {}): readonly Setting[] {
  const { hard, soft, swap } = memory;
  const both = hard === undefined || swap === undefined ? undefined : hard + swap;
  return [
    ...some(hard, (bytes) => memorySetting('hard limit', 'memory.limit_in_bytes', bytes)),
    ...some(soft, (bytes) => memorySetting('soft limit', 'memory.soft_limit_in_bytes', bytes)),
    ...some(both, (bytes) => memorySetting('swap limit', 'memory.memsw.limit_in_bytes', bytes)),
  ];
}

function memorySetting(what: string, file: string, bytes: number): Setting {
  return setting('memory', `${what} of memory`, [file], Math.floor(bytes));
}

/** Which of them is there depends on the disks' scheduler. */
function ioOf2({ ioWeight }: CgroupLimits): readonly Setting[] {
  return some(ioWeight, (weight) =>
    setting(
      'io',
      'I/O weight',
      ['io.weight', 'io.bfq.weight'],
      `default ${within('io.weight', weight)}`,
    ),
  );
}

function ioOf1({ ioWeight }: CgroupLimits): readonly Setting[] {
  return some(ioWeight, (weight) =>
    setting(
      'io',
      'I/O weight',
      ['blkio.weight', 'blkio.bfq.weight'],
      within('blkio.weight', weight),
    ),
  );
}

function hugePages(bytes: number, version: 1 | 2): Setting {
  const file = version === 2 ? 'hugetlb.*.max' : 'hugetlb.*.limit_in_bytes';
  return setting('hugetlb', 'limit of huge pages', [file], Math.floor(bytes));
}

/** Character devices; reading, writing and making nodes. */
function deniedDevices({ hiddenDevices = [] }: CgroupLimits): readonly Setting[] {
  return hiddenDevices.map(({ major, minor, name }) =>
    setting('devices', `hiding of ${name}`, ['devices.deny'], `c ${major}:${minor} rwm`),
  );
}

function within(file: keyof typeof RANGES, value: number): number {
  const [least, most] = RANGES[file];
  return Math.min(Math.max(Math.round(value), least), most);
}

function setting(
  controller: Controller,
  purpose: string,
  files: readonly string[],
  value: number | string,
): Setting {
  return { controller, purpose, files, value: `${value}` };
}

function some<T>(value: T | undefined, make: (value: T) => Setting): readonly Setting[] {
  return value === undefined ? [] : [make(value)];
}
