/**
 * What a check of `eyrie doctor` is and what it can find.
 */
import type { Examination } from './examination';

/**
 * `ok`: all of it works here. `limited`: jobs run without it or with less. `missing`: it does not
 * work here.
 */
export type CheckState = 'ok' | 'limited' | 'missing';

/** What a check found. Sentences without a final period. */
export interface Finding {
  readonly state: CheckState;
  /** What was found: a version, a path, a kernel's refusal with its error. */
  readonly found: string;
  /** How to get it; only where something is missing. */
  readonly remedy?: string;
  /** True where no job can run as long as it is so. */
  readonly prevents?: true;
}

/** One row of a table of checks. */
export interface Check {
  /** Its name in the JSON output: `user-namespace`. */
  readonly id: string;
  readonly title: string;
  /** Which feature, knob or command needs it. */
  readonly neededFor: string;
  readonly run: (examination: Examination) => Finding | Promise<Finding>;
}

/** A table of checks about one thing. */
export interface Topic {
  readonly title: string;
  readonly checks: readonly Check[];
}

/** A check with what it found: a row of the output, in the names of the JSON output. */
export interface CheckedRow extends Finding {
  readonly topic: string;
  readonly id: string;
  readonly title: string;
  readonly neededFor: string;
}

/** It works. */
export function works(found: string): Finding {
  return { state: 'ok', found };
}

/** Jobs run, but without it or with less. */
export function limited(found: string, remedy?: string): Finding {
  return { state: 'limited', found, ...(remedy === undefined ? {} : { remedy }) };
}

/** It does not work here; jobs that do not need it run. */
export function missing(found: string, remedy?: string): Finding {
  return { state: 'missing', found, ...(remedy === undefined ? {} : { remedy }) };
}

/** It does not work here and so no job can run. */
export function preventsJobs(found: string, remedy?: string): Finding {
  return { ...missing(found, remedy), prevents: true };
}
