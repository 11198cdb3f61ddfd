/**
 * What became of a job: the value that everything after the job's end is made of (the result ad,
 * the exit status, the words for a person).
 */
import type { JobFault } from './faults';

/** How the job's main process ended, wait(2). One of `code` and `signal` is there. */
export interface JobEnd {
  /** Exit status, 0–255. */
  readonly code: number | undefined;
  /** Number of the signal that ended it. */
  readonly signal: number | undefined;
  readonly coreDumped: boolean;
}

/** The ways in which a job's life ends. */
export type JobOutcome =
  /** The job ended by itself. */
  | { readonly kind: 'completed'; readonly exit: JobEnd }
  /** The job ended because it was told to, or was killed. */
  | {
      readonly kind: 'evicted';
      readonly ending: { readonly why: 'vacate' | 'remove' | 'hold' };
      readonly exit: JobEnd;
    }
  /** The job could not run, or ran and must be held; `exit` where it ran. */
  | { readonly kind: 'held'; readonly fault: JobFault; readonly exit: JobEnd | undefined }
  /** Nobody knows how the job ended; nothing of it is left. */
  | { readonly kind: 'lost'; readonly reason: string };

/** What all the processes of a job used. */
export interface JobUsage {
  /** CPU seconds in user mode. */
  readonly userCpu: number;
  /** CPU seconds in the kernel. */
  readonly systemCpu: number;
  /** Peak of resident memory, KiB. */
  readonly maxResident: number;
  /** Peak of address space of all processes at once, KiB; undefined: nobody looked. */
  readonly imageSize?: number | undefined;
  /** Peak of the proportional set size, KiB: pages that processes share count once. */
  readonly proportional?: number | undefined;
  /** Reads from and writes to block devices, counts and bytes. */
  readonly blockReads?: number | undefined;
  readonly blockWrites?: number | undefined;
  readonly blockReadBytes?: number | undefined;
  readonly blockWriteBytes?: number | undefined;
  /** Undefined: the kernel does not tell. */
  readonly pressure?: Pressure | undefined;
}

/** Seconds in which at least one process of a job waited for a resource: PSI of the kernel. */
export interface Pressure {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly io: number | undefined;
}

/** What was in the sandbox at the job's end. */
export interface SandboxUsage {
  /** Disk space, KiB. */
  readonly size: number;
  /** Files and directories. */
  readonly entries: number;
}

/** A job's run on the clock, in seconds since the epoch, with fractions. */
export interface JobTimes {
  /** The job's first instruction. */
  readonly started: number;
  /** The end of its main process. */
  readonly ended: number;
}

/** A whole result. What is undefined was never there: the job did not run, or nobody measured. */
export interface JobResult {
  readonly cluster: number;
  readonly proc: number;
  readonly outcome: JobOutcome;
  /** Process id of the job's main process, as the host sees it. */
  readonly pid: number | undefined;
  readonly times: JobTimes | undefined;
  readonly usage: JobUsage | undefined;
  readonly sandbox: SandboxUsage | undefined;
}

/** How the main process ended, if it ran and that is known. */
export function jobEnd(outcome: JobOutcome): JobEnd | undefined {
  return outcome.kind === 'lost' ? undefined : outcome.exit;
}
