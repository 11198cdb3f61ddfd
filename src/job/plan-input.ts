/**
 * What the planner is given and what it gives back.
 */
import type { Account, HostView } from './host';
import type { MappedIds } from './glexec-mode';
import type { IsolationPolicy } from './isolation-policy';
import type { LaunchPlan } from './plan';
import type { JobSpec } from './spec';

/** Where the job's sandbox is. It exists when the plan is carried out, not when it is made. */
export interface SandboxPlace {
  /** EXECUTE: exists, absolute, owned by the starter. */
  readonly executeDirectory: string;
  /** The job's own directory directly below it: `EXECUTE/dir_<pid>`. */
  readonly directory: string;
}

/** Where the sandbox really is: EXECUTE may be given through a link. */
export interface FoundSandbox {
  /** EXECUTE, canonical. */
  readonly execute: string;
  /** The sandbox, canonical. */
  readonly path: string;
}

/**
 * `root`: ids can be changed. `rootless`: all is done in a user namespace of one id. `unprivileged`: a
 * pool's starter that is not root and whose site wants no user namespaces: the job runs with the
 * starter's ids in the host's own tree, as with HTCondor's starter. `daemon`: the process control daemon
 * makes the real plan, by its own configuration; this one is what it is asked for.
 */
export type PlanMode = 'root' | 'rootless' | 'unprivileged' | 'daemon';

/** Everything that decides how a job is launched. */
export interface PlanInput {
  readonly spec: JobSpec;
  readonly policy: IsolationPolicy;
  readonly host: HostView;
  /**
   * The account that the job runs as; but in `root` and `daemon` mode, and by gLExec, it is the starter's own.
   */
  readonly identity: { readonly account: Account };
  /** The job's whole environment. */
  readonly environment: ReadonlyMap<string, string>;
  readonly sandbox: SandboxPlace;
  readonly mode: PlanMode;
  /** gLExec runs the job: as whom, where that is known by now. Undefined: it does not. */
  readonly glexec?: { readonly mapped: MappedIds | undefined } | undefined;
}

/** A plan, and what a person should know about it. */
export interface PlannedJob {
  readonly plan: LaunchPlan;
  /** Sentences: what was skipped, lowered or cannot be done here, and why. */
  readonly notes: readonly string[];
}

/** The configuration or the host is at fault, not the job. */
export interface PlanError {
  /** Tells it from a JobFault, whose cause is a row of FAULTS. */
  readonly cause: 'site';
  /** The knob to change, where it is one. */
  readonly knob: string | undefined;
  /** A sentence that a person can act on. */
  readonly reason: string;
}

/** Makes a {@link PlanError} about a knob. */
export function knobFault(knob: string, reason: string): PlanError {
  return { cause: 'site', knob, reason: `${knob}: ${reason}` };
}
