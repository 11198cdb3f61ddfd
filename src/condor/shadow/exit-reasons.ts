/**
 * Why a starter says that a job's activation is over: the second number of the call that ends it.
 *
 * Source: condor_includes/exit.h; which one a starter gives when: OsProc and VanillaProc of
 * HTCondor's condor_starter.
 */
interface ExitReasonRow {
  readonly number: number;
  /** HTCondor's name of the number. */
  readonly symbol: string;
}

export const EXIT_REASONS = {
  /** The job ended by itself, be it by a signal of its own. */
  exited: { number: 100, symbol: 'JOB_EXITED' },
  /** The shadow asked for the job's end (a removal, a hold): not the startd. */
  killed: { number: 102, symbol: 'JOB_KILLED' },
  /** The job ended by itself and left a core file. */
  coreDumped: { number: 103, symbol: 'JOB_COREDUMPED' },
  /** The startd ended it, softly or not: the job waits for another slot. */
  shouldRequeue: { number: 107, symbol: 'JOB_SHOULD_REQUEUE' },
  /** The job never ran. */
  notStarted: { number: 108, symbol: 'JOB_NOT_STARTED' },
  /** The job has to be held. */
  shouldHold: { number: 112, symbol: 'JOB_SHOULD_HOLD' },
} as const satisfies Record<string, ExitReasonRow>;

/** A reason in the table. */
export type ExitReason = keyof typeof EXIT_REASONS;
