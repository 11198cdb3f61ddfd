/** How often snapshots are taken. */
import type { Family } from './family';

/** Seconds: a wish below it would have procd do nothing else. */
export const SHORTEST_INTERVAL = 1;

/**
 * The interval in force: the shortest that any family wants.
 *
 * HTCondor's procd takes -1, "no wish", for the shortest of all and stops its timer, and 0 as it
 * is; neither is of use to anybody.
 *
 * @returns seconds; undefined: no family wants snapshots by the clock
 */
export function intervalInForce(families: readonly Family[]): number | undefined {
  const wishes = families.map(({ interval }) => interval).filter((seconds) => seconds >= 0);
  return wishes.length === 0 ? undefined : Math.max(SHORTEST_INTERVAL, Math.min(...wishes));
}
