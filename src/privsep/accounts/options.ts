/** What the daemon's accounts are told on its command line. */

/** How long an account may be leased at a time, in seconds. */
export interface LeaseLimits {
  readonly guest: number;
  readonly local: number;
}

export interface AccountsOptions {
  /** `--users`: which accounts may be used at all. */
  readonly users: string;
  /** `--accounts`: the state. */
  readonly accounts: string;
  /** `--execute`: where sandboxes are. */
  readonly execute: string;
  /** The smallest uid that may be listed; undefined: as login.defs(5) says. */
  readonly minimumUid?: number | undefined;
  readonly limits: LeaseLimits;
  /** Seconds between SIGTERM and SIGKILL for what runs on a lease when it ends; 10 where undefined. */
  readonly grace?: number | undefined;
  /** Seconds that a sandbox stays which is the client's when its lease ends; a day where undefined. */
  readonly keepSandboxes?: number | undefined;
  /** Seconds until what could not be cleaned is tried again; 60 where undefined. */
  readonly retry?: number | undefined;
  /** Whether a uid may speak to the daemon: no account of such a one is leased to others. */
  readonly isClient?: ((uid: number) => boolean) | undefined;
  /** For the daemon's log: a sentence. */
  log(line: string): void;
  /** A lease of a daemon before this one goes on, for the audit log. */
  found?(lease: LeaseFacts): void;
  /** A lease has ended, for the audit log. */
  ended?(end: LeaseEnd): void;
}

/** A lease, as the audit log has it. */
export interface LeaseFacts {
  readonly lease: string;
  readonly owner: string;
  readonly account: string;
  readonly client: number;
}

/** The end of a lease. */
export interface LeaseEnd extends LeaseFacts {
  readonly why: 'released' | 'expired';
  /** Why the account is quarantined; undefined: it is clean. */
  readonly trouble: string | undefined;
}

const DAY = 86_400;
const GRACE = 10;
const RETRY = 60;

/** The options with all that was left out. */
export interface AccountsRules extends AccountsOptions {
  readonly grace: number;
  readonly keepSandboxes: number;
  readonly retry: number;
  readonly isClient: (uid: number) => boolean;
}

export function withDefaults(options: AccountsOptions): AccountsRules {
  return {
    ...options,
    grace: options.grace ?? GRACE,
    keepSandboxes: options.keepSandboxes ?? DAY,
    retry: options.retry ?? RETRY,
    isClient: options.isClient ?? (() => false),
  };
}
