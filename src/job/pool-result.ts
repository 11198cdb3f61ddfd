/**
 * What a shadow is told of a job's end: the wait status, and why the activation is over.
 *
 * Source: OsProc::JobExit and VanillaProc of HTCondor's condor_starter; wait(2) for the status, in
 * the encoding that all Linux machines share.
 */
import { assertNever } from '../result';
import type { JobEnd, JobOutcome } from './result';

/** Why an activation is over, by the names that the table of exit reasons has. */
export type PoolExitReason =
  'exited' | 'coreDumped' | 'shouldRequeue' | 'notStarted' | 'shouldHold';

/** What the last call to a shadow says beside the final update. */
export interface PoolExit {
  readonly waitStatus: number;
  readonly reason: PoolExitReason;
}

/** The bit of a wait status that tells of a core file: WCOREFLAG. */
const CORE = 0x80;

/** A job's end as wait(2) gives it: exit status 3 is 768, an end by SIGTERM 15. */
export function waitStatus({ code, signal, coreDumped }: JobEnd): number {
  return signal === undefined
    ? ((code ?? 0) & 0xff) << 8
    : (signal & 0x7f) | (coreDumped ? CORE : 0);
}

/**
 * What a shadow is told.
 *
 * An eviction is one for another slot, whoever wanted it: a startd that ends a job for a hold or a
 * removal tells the starter no more than that, and the schedd knows what it wants.
 *
 * @param hasCore the core that was dumped is there; undefined: nobody could look
 */
export function poolExit(outcome: JobOutcome, hasCore?: boolean): PoolExit {
  switch (outcome.kind) {
    case 'completed':
      return {
        waitStatus: waitStatus(outcome.exit),
        reason: (hasCore ?? outcome.exit.coreDumped) ? 'coreDumped' : 'exited',
      };
    case 'evicted':
      return { waitStatus: waitStatus(outcome.exit), reason: 'shouldRequeue' };
    case 'held':
      return outcome.exit === undefined
        ? NOT_STARTED
        : { waitStatus: waitStatus(outcome.exit), reason: 'shouldHold' };
    case 'lost':
      return { waitStatus: 0, reason: 'shouldRequeue' };
    default:
      return assertNever(outcome);
  }
}

/** The end of an activation whose job never ran, and waits for another slot. */
export const NOT_STARTED: PoolExit = { waitStatus: 0, reason: 'notStarted' };
