/**
 * The mark that a starter puts into its job's environment, so that procds find the job's
 * processes even where they have left every process group, session and parent.
 *
 * Source: HTCondor's condor_pidenvid.h: `_CONDOR_ANCESTOR_<pid>=<pid of the child>:<time>:<number>`.
 */

/** What makes a mark different from every other one on a host. */
export interface Ancestor {
  /** The pid of the process that makes the job. */
  readonly pid: number;
  /** When, in seconds since the epoch. */
  readonly time: number;
  /** A random number below 2^32. */
  readonly random: number;
}

/**
 * Name and value of the mark. HTCondor puts the child's pid first in the value; here the
 * environment is ready before there is a child, and the marker's own pid stands in its place:
 * a mark is only ever compared as a whole.
 */
export function ancestorMark({ pid, time, random }: Ancestor): readonly [string, string] {
  return [`_CONDOR_ANCESTOR_${pid}`, `${pid}:${Math.floor(time)}:${random >>> 0}`];
}
