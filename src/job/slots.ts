/**
 * The descriptor slots of a launch plan. Each purpose has a number of its own, so that a printed
 * plan reads the same for every job.
 */
import type { Slot } from './plan';

/** Slot numbers by purpose. */
export const SLOTS = {
  /** The job's sandbox, pinned before anything covers it. */
  sandbox: 0,
  stdin: 1,
  stdout: 2,
  stderr: 3,
  /** The job's initial working directory, where a private directory will cover it. */
  iwd: 4,
  /** /dev/null, to bind over files that are hidden. */
  nothing: 5,
  /** A directory of an image whose entries are bound into a tmpfs one by one. */
  level: 6,
  /** What the very next step binds; filled again and again. */
  source: 7,
} as const satisfies Record<string, Slot>;
