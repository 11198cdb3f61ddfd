/**
 * What becomes of a job that the kernel had to kill for want of memory.
 *
 * Source: VanillaProc::outOfMemoryEvent of HTCondor's condor_starter; sites and users look for the
 * beginning of its sentence in a job's HoldReason. Subcode 102 in condor_holdcodes.h.
 */
import type { JobFault } from './faults';
import type { JobEnd, JobOutcome } from './result';

/** JobOutOfResources's subcode for memory. */
const MEMORY = 102;

const SIGKILL = 9;

/** What is known of the kills. */
export interface MemoryKills {
  /** Processes of the job that were killed. */
  readonly kills: number;
  /** False: it was the whole machine that had no memory left. */
  readonly overLimit: boolean;
  /** MiB. */
  readonly peak: number;
  /** The hard limit, MiB; undefined: the job has none. */
  readonly limit: number | undefined;
}

/** Why the job is held. */
export function memoryFault({ limit, overLimit, peak }: MemoryKills): JobFault {
  const usage = `Peak usage: ${Math.round(peak)} megabytes.`;
  const reason =
    limit === undefined || !overLimit
      ? `Job was killed because its machine ran out of memory. ${usage}`
      : `Job has gone over cgroup memory limit of ${Math.round(limit)} megabytes. ${usage} ` +
        'Consider resubmitting with a higher request_memory.';
  return { cause: 'outOfResources', subcode: MEMORY, reason };
}

/**
 * The outcome of a job, some of whose processes may have been killed for want of memory.
 *
 * @param alwaysHold whether it is held even if the machine is to blame
 */
export function judgeMemory(
  outcome: JobOutcome,
  kills: MemoryKills,
  alwaysHold: boolean,
): JobOutcome {
  const { kills: count, overLimit, peak } = kills;
  const end = endOf(outcome);
  // What the job has limited itself in parts of its cgroup, and lives on after, is its own business.
  const isVictim = count > 0 && (overLimit || end?.signal === SIGKILL);
  if (!isVictim || end === undefined) return outcome;
  if (overLimit || alwaysHold) return { kind: 'held', fault: memoryFault(kills), exit: end };
  const usage = `the job had ${Math.round(peak)} megabytes at most`;
  return { kind: 'lost', reason: `the machine ran out of memory, and ${usage}` };
}

/** Undefined where something else has decided already. */
function endOf(outcome: JobOutcome): JobEnd | undefined {
  if (outcome.kind === 'completed') return outcome.exit;
  // Its init was killed with it.
  return outcome.kind === 'lost'
    ? { code: undefined, signal: SIGKILL, coreDumped: false }
    : undefined;
}
