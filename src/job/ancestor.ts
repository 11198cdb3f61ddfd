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

/** How a mark's name begins. */
const PREFIX = '_CONDOR_ANCESTOR_';

/** Marks that a process may carry: procds look at so many, and no more. PIDENVID_MAX of HTCondor. */
const MARKS_MAX = 32;

/**
 * Bytes of a mark, name and all: HTCondor's procd ends when it meets a longer one anywhere on the
 * machine. One byte less than PIDENVID_ENVID_SIZE of HTCondor allows, with the NUL.
 */
const MARK_SIZE_MAX = 71;

/** True for a name that is a mark's, whoever has set it. */
export function isMark(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * All marks that a job carries: its starter's, and those that the starter carries itself. Each
 * descendant has to carry them all.
 */
export function marksOf(
  own: Ancestor,
  starter: Iterable<readonly [name: string, value: string]>,
): readonly (readonly [string, string])[] {
  const inherited = [...starter].filter(([name, value]) => isWellFormed(name, value));
  return [ancestorMark(own), ...inherited].slice(0, MARKS_MAX);
}

function isWellFormed(name: string, value: string): boolean {
  return /^_CONDOR_ANCESTOR_\d+$/.test(name) && `${name}=${value}`.length <= MARK_SIZE_MAX;
}

/**
 * Name and value of the mark. HTCondor puts the child's pid first in the value; here the
 * environment is ready before there is a child, and the marker's own pid stands in its place:
 * a mark is only ever compared as a whole.
 */
export function ancestorMark({ pid, time, random }: Ancestor): readonly [string, string] {
  return [`${PREFIX}${pid}`, `${pid}:${Math.floor(time)}:${random >>> 0}`];
}
