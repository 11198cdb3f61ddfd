/**
 * Leased accounts, as those parts of the daemon see them that work on an account: `book.ts` keeps them.
 */
import type { Result } from '../../result';
import type { Caller, ControlError } from '../control/types';

/** A lease that is in force. */
export interface Lease {
  /** Random, 128 bits, hexadecimal. */
  readonly id: string;
  /** Whom the client acts for, in its own words; opaque. */
  readonly owner: string;
  /** `local`: the owner has it to himself, and may be logged in; `guest`: it is anybody's in turn. */
  readonly kind: 'local' | 'guest';
  readonly account: LeasedAccount;
  /** The uid of the client that leased it. */
  readonly client: number;
  /** Seconds since 1970. */
  readonly start: number;
  readonly expiry: number;
}

/** An account of the password file. Never uid or gid 0. */
export interface LeasedAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Of the group file, `gid` included. */
  readonly groups: readonly number[];
}

/** A sandbox that was made for a lease. */
export interface LeasedSandbox {
  /** Its name below `--execute`: `dir_4711`. */
  readonly id: string;
  readonly path: string;
  /** An open descriptor of the directory, for whoever takes it to close. */
  readonly directory: number;
  /** Whose it is now. */
  readonly side: 'client' | 'account';
}

/** A process family that runs on a lease. */
export interface LeaseFamily {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly birthday: number;
  /** The job's cgroup, relative to its hierarchies' roots; undefined: it has none. */
  readonly cgroup: string | undefined;
}

/** The leases, for whoever runs jobs on them. */
export interface LeaseBook {
  /** The lease with this id, if it is the caller's (root: anybody's) and in force; else why not. */
  find(id: string, caller: Caller): Result<Lease, ControlError>;
  /** A sandbox of a lease. */
  openSandbox(lease: Lease, id: string): Result<LeasedSandbox, ControlError>;
  /**
   * Writes down that a family will run, before its first instruction: whoever comes after a daemon that was
   * killed ends it, and until it is gone the account is nobody else's.
   */
  addFamily(lease: Lease, family: LeaseFamily): Result<void, ControlError>;
  /** The family is gone, to the last process. */
  removeFamily(lease: Lease, pid: number): void;
}

/** Ends what runs on a lease; the book asks for it when the lease ends. */
export interface LeaseRunner {
  /**
   * SIGTERM to all of a lease's families, SIGKILL after a grace time; resolves when none is left.
   *
   * @param grace seconds
   */
  endFamilies(lease: Lease, grace: number): Promise<void>;
}
