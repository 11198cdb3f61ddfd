/**
 * The control group of one job, as plain data: where it is, what it may use. `plan-cgroup.ts` makes it,
 * `eyrie plan` prints it, `kernel/cgroups/` carries it out on whatever versions the host has.
 */

/** A job's cgroup. The same name in every hierarchy. */
export interface CgroupPlan {
  /** BASE_CGROUP without slashes around it: `htcondor`. */
  readonly base: string;
  /** Its name in there: `condor_var_lib_condor_execute_slot1@worker7`. */
  readonly name: string;
  /** Whom the part that the job lives in is given to; undefined: nobody. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly limits: CgroupLimits;
  /** Whether the job, in a cgroup namespace, sees the part that it lives in as the root of all. */
  readonly isSeenAsRoot?: boolean;
}

/** What a cgroup may use. Undefined: no limit of ours. */
export interface CgroupLimits {
  /** Share of the CPUs, 100 a core: cpu.weight, cpu.shares. */
  readonly cpuWeight?: number | undefined;
  /** CPUs' worth of time, hard: cpu.max, cpu.cfs_quota_us. */
  readonly cpuLimit?: number | undefined;
  /** CPUs by number: cpuset.cpus. */
  readonly cpus?: readonly number[] | undefined;
  readonly memory?: MemoryLimits | undefined;
  /** Processes and threads: pids.max. */
  readonly pids?: number | undefined;
  /** Share of the disks, 1 to 1000, 100 by default: io.weight, blkio.weight. */
  readonly ioWeight?: number | undefined;
  /** Bytes of huge pages, of each size: hugetlb.SIZE.max. */
  readonly hugePages?: number | undefined;
  /** Character devices that the job cannot open, whatever their nodes' permissions. */
  readonly hiddenDevices?: readonly NamedDevice[] | undefined;
}

/** A device by its numbers, makedev(3). */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** A device of the machine, by whatever its resource is known by: `GPU-` and a UUID. */
export interface NamedDevice extends DeviceNumber {
  readonly name: string;
}

/** Bytes. */
export interface MemoryLimits {
  /** Above it the job is killed: memory.max, memory.limit_in_bytes. */
  readonly hard?: number | undefined;
  /** Above it the job is the first to give memory back: memory.soft_limit_in_bytes, version 1. */
  readonly soft?: number | undefined;
  /** Below it the job is the last to give memory back: memory.low, version 2. */
  readonly low?: number | undefined;
  /** Above it the job is slowed down until it gives memory back: memory.high, version 2. */
  readonly high?: number | undefined;
  /** Swap space beside `hard`: memory.swap.max, memory.memsw.limit_in_bytes. */
  readonly swap?: number | undefined;
}
