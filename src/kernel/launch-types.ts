/**
 * What a launch is to the rest of the house: the interface between `kernel/launch.ts`, which
 * talks to the native part, and its users.
 */
import type { LaunchPlan, StepFailure } from '../job/plan';
import type { Result } from '../result';
import type { ChildEnd } from './reap';

/** CPU seconds and memory of finished processes, getrusage(2). */
export interface ResourceUsage {
  /** Seconds. */
  readonly userCpu: number;
  /** Seconds. */
  readonly systemCpu: number;
  /** Largest resident set of any one process, KiB. */
  readonly maxResident: number;
  /** Blocks of 512 bytes read from and written to file systems: ru_inblock, ru_oublock. */
  readonly blocksIn: number;
  readonly blocksOut: number;
}

/** How the job's main process ended, wait(2), and what the whole family used. */
export interface JobExit {
  /** Exit status 0–255, when it was not ended by a signal. */
  readonly code: number | undefined;
  /** Signal number, when a signal ended it. */
  readonly signal: number | undefined;
  readonly coreDumped: boolean;
  /** All processes of the family that init reaped, the main one included. */
  readonly usage: ResourceUsage;
}

/** eyrie-init ended without telling how the job ended: the reason, for a log and a person. */
export interface InitLost {
  readonly reason: string;
}

/**
 * Who reaches an eyrie-init that another process of ours has made, as another user: it is none of our
 * children, and kill(2) may be refused.
 */
export interface ApartKeeper {
  /** Whose words tell why it ended: `gLExec`. */
  readonly name: string;
  /** Sends eyrie-init a signal, sooner or later. */
  signalInit(pid: number, signal: number): void;
  /** Reaps our child, once eyrie-init has ended; undefined: somebody else has. */
  reap(pidfd: number): Promise<ChildEnd | undefined>;
}

/** A job that was cloned; it has not run an instruction of its own before `go`. */
export interface Launch {
  /** The pid on the host of our child: eyrie-init, or who has started it. */
  readonly pid: number;
  /** A pidfd of it. */
  readonly pidfd: number;
  /**
   * Writes the id maps, if the plan has them, and lets the launch proceed. Resolves when the job's
   * exec succeeded, with its host pid as {@link jobPid} had it then (for the record: a short job
   * has ended by now), or with the step that failed, or with a call that belongs to no step (an id
   * map, the fork).
   *
   * @param group one more supplementary group for the job
   */
  go(
    group?: number,
  ): Promise<Result<number | undefined, StepFailure | LaunchError | LaunchRefusal>>;
  /** Gives the launch up before `go`: eyrie-init ends without carrying out a step. */
  cancel(): void;
  /** Sends a signal to the job's main process. No effect once it ended. */
  signalJob(signal: number): void;
  /** Sends a signal to every process of the job (SIGSTOP, SIGCONT, SIGKILL …). */
  signalFamily(signal: number): void;
  /** Lets eyrie-init itself go on, where somebody has stopped it with the job. */
  wake(): void;
  /** eyrie-init's pid on the host; undefined: it has not told yet. */
  initPid(): number | undefined;
  /** Host pid of the job's main process; undefined before exec and after its end. */
  jobPid(): number | undefined;
  /**
   * Resolves when the job ended and nothing of its family is left. After a launch that failed or
   * was cancelled it resolves as well, with an error that says so.
   */
  readonly exited: Promise<Result<JobExit, InitLost>>;
}

/**
 * Where init and the job are born. They have a cgroup each: who freezes or kills the job's must still
 * be able to speak to init.
 */
export interface BirthCgroups {
  readonly init: number;
  readonly job: number;
}

/** The cgroups of a launch, as descriptors; they stay open in the starter. */
export interface LaunchCgroups {
  /** Cgroup v2 directories to be born in (CLONE_INTO_CGROUP); undefined: the starter's own. */
  readonly birth: BirthCgroups | undefined;
  /** `tasks` files, open for writing, of cgroups of version 1: init enters them first of all. */
  readonly joined: readonly number[];
}

/** What a launch needs beside the plan. */
export interface LaunchOptions {
  /** Descriptors for the plan's `inherit` steps, by index. They stay open in the starter. */
  readonly descriptors?: readonly number[];
  readonly cgroups?: LaunchCgroups | undefined;
}

/** A call that belongs to no step of the plan failed, or the native part refused the plan. */
export interface LaunchError {
  /** `clone3`, or `check the plan (job step 3, dup)`, or `write /proc/PID/uid_map`. */
  readonly call: string;
  /** Positive. */
  readonly errno: number;
}

/** Somebody else was asked to launch the job, and says in words of its own why it is not. */
export interface LaunchRefusal {
  /** A row of the table of faults (job/faults.ts), or another word: then the job is not at fault. */
  readonly cause: string;
  /** A sentence for a person. */
  readonly reason: string;
  /** Positive, or 0 where no system call failed. */
  readonly errno: number;
}

/** Starts a plan; see {@link Launch}. */
export type StartLaunch = (
  plan: LaunchPlan,
  options?: LaunchOptions,
) => Result<LocalLaunch, LaunchError>;

/** A launch of this process's own. */
export interface LocalLaunch extends Launch {
  go(group?: number): Promise<Result<number | undefined, StepFailure | LaunchError>>;
}
