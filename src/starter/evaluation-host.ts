/** What ClassAd evaluations learn of the world here: this host's clock, time zone and randomness. */
import type { EvaluationHost } from '../condor/classad';

/** Minutes are all that JavaScript tells of an offset; a time that it cannot hold counts as UTC. */
function utcOffset(epochSeconds: number): number {
  const minutes = new Date(epochSeconds * 1000).getTimezoneOffset();
  return Number.isNaN(minutes) ? 0 : 0 - minutes * 60;
}

/** As HTCondor with its usual configuration: without `userHome()` and maps of users. */
export const EVALUATION_HOST: EvaluationHost = {
  now: () => Date.now() / 1000,
  utcOffset,
  random: Math.random,
};
