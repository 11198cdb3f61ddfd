/**
 * The exit status of `eyrie run`: the job's own, or what a shell would have said in its place.
 */
import { assertNever } from '../result';
import type { JobFault } from './faults';
import type { JobEnd, JobOutcome } from './result';

/** Eyrie could not run the job, or the job was held: why is in the result and on stderr. */
export const EXIT_NOT_RUN = 125;

/** The command was found and could not be executed: POSIX, Shell Command Language 2.8.2. */
const EXIT_NOT_EXECUTABLE = 126;

/** The command was not found. */
const EXIT_NOT_FOUND = 127;

/** The errno values of execve(2) that mean that there is no such command, ENOENT and ENOTDIR. */
const NOT_FOUND: readonly number[] = [2, 20];

/**
 * The exit status for a job's outcome: its own code; 128+N where signal N ended it; 126 and 127
 * where the shell would say so; else {@link EXIT_NOT_RUN}. A job that was told to end and did has
 * its own code or signal, as a child of a shell has.
 */
export function exitStatus(outcome: JobOutcome): number {
  switch (outcome.kind) {
    case 'completed':
    case 'evicted':
      return statusOf(outcome.exit);
    case 'held':
      return statusOfFault(outcome.fault);
    case 'lost':
      return EXIT_NOT_RUN;
    default:
      return assertNever(outcome);
  }
}

function statusOf(end: JobEnd): number {
  return end.signal === undefined ? (end.code ?? EXIT_NOT_RUN) : 128 + end.signal;
}

function statusOfFault(fault: JobFault): number {
  if (fault.cause !== 'cannotExecute') return EXIT_NOT_RUN;
  return NOT_FOUND.includes(fault.subcode) ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
