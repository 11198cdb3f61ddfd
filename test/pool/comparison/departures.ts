/**
 * Where our starter is known to differ from HTCondor's, and why that is right. An entry that no
 * job shows any more fails the test: it is to be removed.
 */
import type { Release } from '../support/releases';

/** One departure. */
export interface Departure {
  /** Where: a place of an outcome such as `ad ExitCode` or `file out`, or a pattern of places. */
  readonly place: string | RegExp;
  /** In which jobs by name; all where undefined. */
  readonly jobs?: readonly string[];
  /** With which release; both where undefined. */
  readonly release?: Release;
  readonly reason: string;
}

/** All that are known. */
export const DEPARTURES: readonly Departure[] = [];
