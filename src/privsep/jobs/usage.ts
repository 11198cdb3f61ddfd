/** What a job on a leased account uses, by all who count, as the protocol has it. */
import type { JobCgroup } from '../../kernel/cgroups/job-cgroup';
import type { MemoryUse, CgroupUsage } from '../../kernel/cgroups/usage';
import type { ResourceUsage } from '../../kernel/launch-types';
import type { ProcdUsage } from '../../family/wire';
import type { JsonObject } from '../control/types';

/** Bytes of memory, each the greatest seen. */
interface MemoryMarks {
  readonly held: number;
  readonly cache: number;
  readonly peak: number | undefined;
}

/** What of memory was seen by several looks at a job's cgroup, and how often the kernel had to kill. */
export class MemoryWatch {
  #marks: MemoryMarks | undefined;

  constructor(
    private readonly cgroup: JobCgroup | undefined,
    /** Bytes; undefined: the job has none. */
    private readonly limit: number | undefined,
  ) {}

  /** Looks now. @returns what the cgroup counts; undefined: there is none */
  look(): CgroupUsage | undefined {
    const seen = this.cgroup?.usage();
    if (seen?.memory !== undefined) this.#raise(seen.memory);
    return seen;
  }

  /** Bytes: `held` cannot be taken back, `cache` are files, `peak` is both, as the kernel has it. */
  get memory(): JsonObject | undefined {
    if (this.#marks === undefined) return undefined;
    const { cache, held, peak } = this.#marks;
    return { held, cache, ...(peak === undefined ? {} : { peak }) };
  }

  /** Processes that were killed for want of memory; undefined: none. */
  get outOfMemory(): JsonObject | undefined {
    const { kills, overLimit } = this.cgroup?.outOfMemory() ?? { kills: 0, overLimit: false };
    if (kills === 0) return undefined;
    this.look();
    return { kills, overLimit, ...(this.limit === undefined ? {} : { limit: this.limit }) };
  }

  #raise({ cache, held, peak }: MemoryUse): void {
    const before = this.#marks ?? { held: 0, cache: 0, peak };
    this.#marks = {
      held: Math.max(before.held, held),
      cache: Math.max(before.cache, cache),
      peak: peak === undefined ? before.peak : Math.max(before.peak ?? 0, peak),
    };
  }
}

/** Who has counted. */
export interface Witnesses {
  /** procd's tree. */
  readonly family: ProcdUsage | undefined;
  readonly cgroup: CgroupUsage | undefined;
  /** What eyrie-init has reaped; undefined: the job runs. */
  readonly reaped: ResourceUsage | undefined;
}

/**
 * The fields of `usage`: CPU seconds with fractions, sizes in KiB, counts and bytes of block devices. Of
 * several witnesses the greater figure.
 */
export function usageFields({ cgroup, family, reaped }: Witnesses): JsonObject {
  const { cpu, io, pressure } = cgroup ?? {};
  const greatest = (...figures: readonly (number | undefined)[]): number =>
    Math.max(0, ...figures.filter((figure) => figure !== undefined));
  return known({
    userCpu: greatest(cpu?.user, family?.userCpu, reaped?.userCpu),
    systemCpu: greatest(cpu?.system, family?.systemCpu, reaped?.systemCpu),
    percentCpu: family?.percentCpu,
    processes: family?.processes,
    imageSize: family?.imageSize,
    maxImageSize: family?.maxImageSize,
    resident: family?.resident,
    maxResident: greatest(family?.resident, reaped?.maxResident),
    proportional: family?.proportional,
    blockReads: io?.reads ?? family?.blockReads,
    blockWrites: io?.writes ?? family?.blockWrites,
    blockReadBytes: io?.bytesRead ?? family?.blockReadBytes,
    blockWriteBytes: io?.bytesWritten ?? family?.blockWriteBytes,
    pressure: pressure && known({ ...pressure }),
  });
}

/** Without what nobody knows: JSON has no undefined. */
function known(fields: Readonly<Record<string, number | JsonObject | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
