/**
 * Universes: the kinds of job that HTCondor knows.
 *
 * Source: the manual's appendix of job ClassAd attributes, JobUniverse (condor_universe.h).
 */

const UNIVERSES: Readonly<Record<number, string>> = {
  1: 'standard',
  2: 'pipe',
  3: 'linda',
  4: 'pvm',
  5: 'vanilla',
  6: 'pvmd',
  7: 'scheduler',
  8: 'mpi',
  9: 'grid',
  10: 'java',
  11: 'parallel',
  12: 'local',
  13: 'vm',
};

/** The universe of an ad that names none. */
export const VANILLA = 5;

/** Jobs that HTCondor runs on the submit host. */
export const LOCAL = 12;

/**
 * A sentence that says why a universe does not run here and what does; undefined: it runs.
 *
 * @param runnable the universes that run here.
 */
export function whyNotRunnable(universe: number, runnable: readonly number[]): string | undefined {
  if (runnable.includes(universe)) return undefined;
  const name = UNIVERSES[universe] ?? 'no universe that HTCondor knows';
  const known = runnable.map((number) => `${UNIVERSES[number]} (${number})`).join(' and ');
  return (
    `JobUniverse = ${universe} (${name}) does not run here: this starter runs ${known} jobs; ` +
    'leave JobUniverse out, or run the job with a starter that has that universe'
  );
}
