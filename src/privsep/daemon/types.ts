/** What the `daemon` maker has that others have not: an account that was leased, and figures from elsewhere. */
import type { JobUsage } from '../../job/result';
import type { MemoryMarks } from '../../job/memory-peak';
import type { PrivilegedSteps } from '../types';

/** The account of a lease, and the sandbox that was made for it. */
export interface LeasedPlace {
  readonly account: {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
    readonly home: string;
  };
  /** Whether the account has no owner, so that all its processes are the job's. */
  readonly isGuest: boolean;
  /** The daemon's `--execute`. */
  readonly executeDirectory: string;
  /** `dir_<pid>`, mostly. */
  readonly sandboxName: string;
  /** Seconds since 1970. */
  readonly expiry: number;
}

/** Privileged steps that the daemon does, for one job. */
export interface LeasedSteps extends PrivilegedSteps {
  readonly place: LeasedPlace;
  /** Gives the account back, and hangs up. Whatever still runs ends. */
  close(): Promise<void>;
}

/** What the daemon has told last of a job that it runs. */
export interface JobWitness {
  readonly usage: JobUsage | undefined;
  /** Processes that run now. */
  readonly processes: number | undefined;
  /** Bytes, the greatest that were seen. */
  readonly memory: MemoryMarks | undefined;
  readonly outOfMemory:
    | {
        readonly kills: number;
        readonly overLimit: boolean;
        /** Bytes. */
        readonly limit: number | undefined;
      }
    | undefined;
  /** Asks anew. */
  refresh(): Promise<void>;
}
