/** What an activation is surrounded by, from its first moment on. */
import type { Config } from '../../condor/config';
import type { StarterKnobs } from '../../condor/startd/starter-knobs';
import type { Inheritance } from '../../condor/startd/types';
import type { Account, HostView } from '../../job/host';
import type { PlanMode } from '../../job/plan-input';
import type { Logger } from '../../log';
import type { PrivilegedSteps } from '../../privsep/types';
import type { StarterProcd } from '../procd-settings';

/** The starter's own place in its pool. */
export interface PoolSite {
  readonly config: Config;
  readonly knobs: StarterKnobs;
  readonly host: HostView;
  readonly log: Logger;
  readonly steps: PrivilegedSteps;
  /** gLExec runs the jobs here. */
  readonly glexec: boolean;
  readonly mode: PlanMode;
  /** In mode `daemon`, the account that is leased for the job: from when its ad is there. */
  readonly leased?: { readonly account: Account; readonly isGuest: boolean };
  /** undefined: the site wants none, or the startd has none. */
  readonly procd: StarterProcd | undefined;
  /** The pool's own account, which owns its directories and runs no job. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined;
  /** EXECUTE, absolute. */
  readonly executeDirectory: string;
  /** `dir_<pid>`: the startd looks for it and removes it. */
  readonly sandboxName: string;
  readonly inheritance: Inheritance;
  /** This starter's sinful string, and the host in it. */
  readonly ownAddress: string;
  readonly ownHost: string;
  /** The CPUs that the startd has chosen for the job. */
  readonly assignedCpus: string | undefined;
  /** Of this process's environment, what a job may get: `ancestors` and `inheritable`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Seconds since the epoch. */
export function now(): number {
  return Date.now() / 1000;
}
