/**
 * What a client may ask of a job on a leased account, and who plans it: the client names what is run and in
 * what sandbox; how that is isolated, and as whom it runs, is the daemon's own configuration.
 */
import type { CgroupPlan } from '../../job/cgroup-plan';
import type { LaunchPlan, RlimitName, RlimitValue } from '../../job/plan';
import type { Result } from '../../result';
import type { Lease } from '../accounts/types';
import type { ControlError } from '../control/types';

/** Where a standard stream of a job comes from or goes to. */
export type JobStream =
  /** A descriptor that came with the request, by its place among them. */
  | { readonly descriptor: number }
  /** A file below the sandbox, opened as the account. */
  | { readonly path: string; readonly append: boolean }
  /** /dev/null. */
  | 'null';

/** A job as a client asks for it. Texts have no NUL. */
export interface JobRequest {
  readonly lease: string;
  readonly sandbox: string;
  /** Absolute, as the job sees it. */
  readonly command: string;
  /** After the command's own name. */
  readonly arguments: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /**
   * Relative: below the sandbox. Absolute: as the job sees it. Entered with the account's rights; undefined:
   * the sandbox.
   */
  readonly directory: string | undefined;
  /** Soft limits, no higher than the hard ones of the daemon's jobs. */
  readonly limits: ReadonlyMap<RlimitName, RlimitValue>;
  readonly streams: {
    readonly input: JobStream;
    readonly output: JobStream;
    readonly error: JobStream;
  };
  /** The name of a root directory, by the daemon's NAMED_CHROOT or its images. */
  readonly chroot: string | undefined;
  /** Added to the nice value, where the site's JOB_RENICE_INCREMENT is not higher. */
  readonly nice: number | undefined;
  readonly umask: number | undefined;
  /** CPUs that the job may count on. */
  readonly cpus: number | undefined;
  /** MiB. */
  readonly memory: number | undefined;
  /** Whether it goes on, and its end is kept, when the connection ends. */
  readonly keep: boolean;
}

/** A job to be planned. */
export interface LeasedJob {
  readonly request: JobRequest;
  readonly lease: Lease;
  /** The sandbox' absolute path. */
  readonly sandbox: string;
  /** Tells this job's cgroup from those of other jobs and daemons. */
  readonly suffix: string;
  /** Entry of the environment by which its processes are known: `_CONDOR_ANCESTOR_…=…`. */
  readonly mark: readonly [name: string, value: string];
}

/** A job that is ready to be launched. */
export interface PlannedLeasedJob {
  readonly plan: LaunchPlan;
  /** Undefined: it gets none. */
  readonly cgroup: CgroupPlan | undefined;
  /** Seconds between two looks at its cgroup. */
  readonly interval: number;
  /** Sentences for a person. */
  readonly notes: readonly string[];
}

/** Makes plans, by the configuration of the host. */
export interface LeasedPlanner {
  plan(job: LeasedJob): Result<PlannedLeasedJob, ControlError>;
  /** The kind of trouble that a step of a plan is, and the sentence for it. */
  explain(
    plan: LaunchPlan,
    failure: { readonly phase: 'setup' | 'job'; readonly index: number; readonly errno: number },
  ): { readonly cause: string; readonly text: string };
  /** Reads the configuration again. @returns sentences: why the one of before stands */
  reload(): readonly string[];
}
