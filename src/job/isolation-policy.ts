/**
 * What the site's configuration says about isolating one job, evaluated for that job: the knobs'
 * values after all their expressions. `read-policy.ts` makes it, the planner obeys it.
 */

/** How one job is to be isolated and limited. Paths are absolute and have no `..`. */
export interface IsolationPolicy {
  /** USE_PID_NAMESPACES. A rootless run has a PID namespace always. */
  readonly pidNamespace: boolean;
  /** USE_CGROUP_NAMESPACES: the job sees of cgroups its own and what is below it. */
  readonly cgroupNamespace: boolean;
  /** MOUNT_UNDER_SCRATCH: directories that get a private one from the sandbox. */
  readonly mountUnderScratch: readonly string[];
  /** MOUNT_PRIVATE_DEV_SHM. */
  readonly privateDevShm: boolean;
  /** NAMED_CHROOT and the stored images: friendly name to directory. */
  readonly namedChroots: ReadonlyMap<string, string>;
  /** MOUNT_READ_ONLY: trees that the job may read and not change. */
  readonly readOnly: readonly string[];
  /** HIDE_PATHS: files and directories that the job shall not see. */
  readonly hidden: readonly string[];
  /** NO_NEW_PRIVS: set-uid programs give no rights. */
  readonly noNewPrivs: boolean;
  /** STARTER_RLIMIT_AS in bytes; undefined: no limit of ours. */
  readonly addressSpace: number | undefined;
  /** JOB_RENICE_INCREMENT, 0–19. */
  readonly niceIncrement: number;
  /** CPUs to pin the job to (ENFORCE_CPU_AFFINITY and what goes with it); undefined: all. */
  readonly cpus: readonly number[] | undefined;
  /** USER_JOB_WRAPPER: is executed with the job's command line as its arguments; undefined: none. */
  readonly wrapper: string | undefined;
  /** Sentences for a person about values that were not taken as they stand. */
  readonly notes: readonly string[];
}
