/**
 * The debug categories of HTCondor's logs: what a line is about. A category has two levels, basic
 * (1) and verbose (2); D_FULLDEBUG is another name for D_ALWAYS at level 2.
 *
 * Source: condor_debug.h, in the order of its numbers, and the manual's entry `<SUBSYS>_DEBUG`.
 */
export const CATEGORIES = [
  'D_ALWAYS',
  'D_ERROR',
  'D_STATUS',
  'D_ZKM',
  'D_JOB',
  'D_MACHINE',
  'D_CONFIG',
  'D_PROTOCOL',
  'D_PRIV',
  'D_DAEMONCORE',
  'D_SECURITY',
  'D_COMMAND',
  'D_MATCH',
  'D_NETWORK',
  'D_KEYBOARD',
  'D_PROCFAMILY',
  'D_IDLE',
  'D_THREADS',
  'D_ACCOUNTANT',
  'D_SYSCALLS',
  'D_CRON',
  'D_HOSTNAME',
  'D_PERF_TRACE',
  'D_LOAD',
  'D_AUDIT',
  'D_TEST',
  'D_STATS',
  'D_MATERIALIZE',
  'D_DYE',
] as const;

/** What a line is about. */
export type Category = (typeof CATEGORIES)[number];

/** A category as a caller of the log names it. */
export type DebugCategory = Category | 'D_FULLDEBUG';

/** 1: basic, 2: verbose. */
export type Verbosity = 1 | 2;
