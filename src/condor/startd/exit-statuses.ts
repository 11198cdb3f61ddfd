/**
 * What a starter's exit status says to its startd.
 *
 * Source: STARTER_EXIT_* of exit.h (condor_includes). A startd takes every other status, and a
 * death by a signal, for a failed activation.
 */

export const EXIT_STATUSES = {
  NORMAL: 0,
  GENERAL_FAILURE: 1,
  /** The lease ran out without a shadow: the startd gives up the claim. */
  LOST_SHADOW_CONNECTION: 2,
  EXCEPTION: 3,
  /** From here on the slot is marked broken, by a startd that knows them (24.3 and later). */
  IMMORTAL_LVM: 15,
  IMMORTAL_JOB_PROCESS: 16,
  BROKEN_BY_REQUEST: 17,
  CGROUP_LOCKED: 18,
} as const;
