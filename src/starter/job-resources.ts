/**
 * What a running job may use and has used: its cgroup, where it has one, from before the launch until after
 * the end. Without a cgroup all is as the launch itself has it.
 */
import { memoryFault, judgeMemory, type MemoryKills } from '../job/out-of-memory';
import type { JobFault } from '../job/faults';
import { NO_MARKS, peakOf, raiseMarks } from '../job/memory-peak';
import type { JobOutcome, JobUsage } from '../job/result';
import { JobCgroup } from '../kernel/cgroups/job-cgroup';
import { removeLeftoverCgroups } from '../kernel/cgroups/leftovers';
import type { LaunchCgroups, LaunchError } from '../kernel/launch-types';
import type { Logger } from '../log';
import type { JobWitness } from '../privsep/daemon/types';
import type { PrivilegedSteps, StartedLaunch } from '../privsep/types';
import { ok, type Result } from '../result';
import type { PreparedJob } from './prepare';

const MIB = 2 ** 20;

/** clone3(2) into a cgroup on kernels before 5.7, and where it cannot be called: errno(3). */
const TOO_OLD = [7, 22, 38];

function isTooOld(error: LaunchError | JobFault): boolean {
  return 'errno' in error && TOO_OLD.includes(error.errno);
}

const NOWHERE: LaunchCgroups = { birth: undefined, joined: [] };

export class JobResources {
  #marks = NO_MARKS;
  #timer: NodeJS.Timeout | undefined;
  /** Who tells what the job uses, where that is not seen from here. */
  #witness: JobWitness | undefined;
  #admitted: Promise<Result<void, LaunchError>> = Promise.resolve(ok(undefined));

  private constructor(
    private readonly prepared: PreparedJob,
    private readonly cgroup: JobCgroup | undefined,
    private readonly log: Logger,
  ) {}

  /** Removes what starters left that were killed, and makes the job's cgroup; trouble is logged. */
  static async open(prepared: PreparedJob, log: Logger): Promise<JobResources> {
    if (prepared.cgroup === undefined) return new JobResources(prepared, undefined, log);
    for (const told of await removeLeftoverCgroups()) log.always(told);
    const made = JobCgroup.make(prepared.cgroup);
    if (made.ok) {
      log.debug('D_FULLDEBUG', () => `The job's cgroup is ${made.value.name}`);
      for (const note of made.value.notes) log.always(`The job's cgroup: ${note}`);
    } else {
      log.always(`The job has no cgroup: ${made.error}`);
    }
    return new JobResources(prepared, made.ok ? made.value : undefined, log);
  }

  /** Clones the job into the cgroup; `admitted` tells when it is there. */
  async start(steps: PrivilegedSteps): Promise<Result<StartedLaunch, LaunchError | JobFault>> {
    const { cgroup, prepared } = this;
    if (cgroup === undefined) {
      const started = await steps.start(prepared);
      if (started.ok) this.#witness = started.value.witness;
      return started;
    }
    let given = cgroup.entrance ?? NOWHERE;
    let launch = await steps.start(prepared, given);
    if (given.birth !== undefined && !launch.ok && isTooOld(launch.error)) {
      given = { ...given, birth: undefined };
      launch = await steps.start(prepared, given);
    }
    if (!launch.ok) return launch;
    this.#admitted = cgroup.admit(launch.value.pid, given);
    return { ok: true, value: cgroup.control(launch.value) };
  }

  /** Resolves when the job is in its cgroup: until then it must not begin. */
  admitted(): Promise<Result<void, LaunchError>> {
    return this.#admitted;
  }

  /** Looks at the cgroup now and then, and says why the job is to be killed where it comes to that. */
  watch(kill: (fault: JobFault) => void): void {
    if (this.cgroup === undefined && this.#witness === undefined) return;
    const look = (): void => void this.look();
    this.#timer = setInterval(look, this.prepared.watch.interval * 1000).unref();
    this.cgroup?.onOutOfMemory(() => kill(memoryFault(this.#kills())));
  }

  /** Looks anew, where somebody else has to be asked; as {@link usage}. */
  async look(): Promise<JobUsage | undefined> {
    await this.#witness?.refresh();
    return this.usage();
  }

  /** Processes that run, where only somebody else sees them. */
  get processes(): number | undefined {
    return this.#witness?.processes;
  }

  /** What the job has used until now, by its cgroup or by a witness; undefined: there is none. */
  usage(): JobUsage | undefined {
    if (this.cgroup === undefined) return this.#witnessed();
    const { cpu, io, memory, pressure } = this.cgroup.usage();
    if (memory !== undefined) this.#marks = raiseMarks(this.#marks, memory);
    return {
      userCpu: cpu?.user ?? 0,
      systemCpu: cpu?.system ?? 0,
      maxResident: this.#peak() / 1024,
      blockReads: io?.reads,
      blockWrites: io?.writes,
      blockReadBytes: io?.bytesRead,
      blockWriteBytes: io?.bytesWritten,
      pressure,
    };
  }

  /** The outcome, after a look at what the kernel killed. */
  judge(outcome: JobOutcome): JobOutcome {
    return judgeMemory(outcome, this.#kills(), this.prepared.watch.alwaysHold);
  }

  /** Ends whatever is left of the job, and removes its cgroup. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#admitted;
    for (const trouble of (await this.cgroup?.remove()) ?? []) this.log.error(trouble);
  }

  #witnessed(): JobUsage | undefined {
    const { memory, usage } = this.#witness ?? {};
    if (memory !== undefined) this.#marks = raiseMarks(this.#marks, memory);
    if (usage === undefined || memory === undefined) return usage;
    return { ...usage, maxResident: this.#peak() / 1024 };
  }

  /** Bytes. */
  #peak(): number {
    return peakOf(this.#marks, this.prepared.watch.ignoreCache);
  }

  #kills(): MemoryKills {
    if (this.cgroup === undefined) return this.#witnessedKills();
    const kills = this.cgroup.outOfMemory();
    if (kills.kills > 0) this.usage();
    const hard = this.prepared.cgroup?.limits.memory?.hard;
    return {
      ...kills,
      peak: this.#peak() / MIB,
      limit: hard === undefined ? undefined : hard / MIB,
    };
  }
  #witnessedKills(): MemoryKills {
    const { kills = 0, limit, overLimit = false } = this.#witness?.outOfMemory ?? {};
    if (kills > 0) this.usage();
    return {
      kills,
      overLimit,
      peak: this.#peak() / MIB,
      limit: limit === undefined ? undefined : limit / MIB,
    };
  }
}
