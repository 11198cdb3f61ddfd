/** Names that no other job of this host has. */
import { randomInt } from 'node:crypto';
import type { JobOffice } from './start-job';

/**
 * Gives names for one job after the other. A cgroup's ends with the daemon's pid and a number. The mark is
 * of the form that HTCondor's starters give their jobs, so that every procd knows it.
 */
export function jobNames(): JobOffice['nextName'] {
  let count = 0;
  return () => {
    count += 1;
    const { pid } = process;
    const time = Math.floor(Date.now() / 1000);
    const random = randomInt(2 ** 32);
    return {
      suffix: `lease_${pid}_${count}`,
      mark: [`_CONDOR_ANCESTOR_${pid}`, `${pid}:${time}:${random}`],
    };
  };
}
