/**
 * The hidden first argument that makes `eyrie` a probe child; the probe's name follows. In a file of
 * its own: every start looks for it, and what a probe needs is loaded for probes only.
 */
export const PROBE_ARGUMENT = '--probe';
