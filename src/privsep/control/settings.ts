/** What the control endpoint of condor_procd is told on the command line. */

/** All paths are absolute. */
export interface ControlSettings {
  /** The socket that clients connect to. */
  readonly socket: string;
  /** Accounts that the daemon may act as. */
  readonly users: string;
  /** Accounts that may speak to it. */
  readonly clients: string;
  /** Where accounts that were added, and leases, are kept. */
  readonly accounts: string;
  /** Below it sandboxes are made. */
  readonly execute: string;
  /** The configuration of the jobs: a starter.ini; undefined: the usual search. */
  readonly config: string | undefined;
  /** The audit log. */
  readonly audit: string;
  /** The smallest uid that may stand in the users file. */
  readonly minimumUid: number;
  /** The smallest uid that may stand in the clients file. */
  readonly minimumClient: number;
  /** How long accounts are leased at most, without an owner and with one. Seconds. */
  readonly limits: { readonly guest: number; readonly local: number };
  /** Whether connections are taken that `condor_procd --inetd` has proven. */
  readonly tcp: boolean;
}

/** What `condor_procd --inetd` is told. */
export interface InetdSettings {
  /** Of the daemon that connections are handed to. */
  readonly socket: string;
  /** A directory of root's with mode 1777, in which clients prove who they are. */
  readonly proofs: string;
}

/** The socket that connections are handed over by, beside the daemon's own. */
export function handoverSocket(socket: string): string {
  return `${socket}.inetd`;
}
