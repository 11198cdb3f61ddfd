/**
 * The kernel's newer calls that `eyrie doctor` tries, by their number in native/border/probe.c.
 */
export const KERNEL_CALLS = [
  'clone3',
  'clone_into_cgroup',
  'pidfd',
  'openat2',
  'close_range',
  'memfd',
  'session_keyring',
  'seccomp',
  'landlock',
] as const;

/** A row of the table. */
export type KernelCall = (typeof KERNEL_CALLS)[number];
