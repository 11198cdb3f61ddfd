/** What starters left behind that were killed: their jobs' cgroups, with whatever still runs there. */
import fs from 'node:fs';
import { emptyAndRemove } from './empty';
import { takeLeftovers } from './records';

/** statfs(2): the types of cgroup file systems, linux/magic.h. */
const CGROUP_TYPES = [0x27e0eb, 0x63677270];

/** Empties and removes them; gives a sentence for each, for the log. */
export async function removeLeftoverCgroups(): Promise<readonly string[]> {
  const told: string[] = [];
  for (const leftover of takeLeftovers()) {
    let isLeft = false;
    for (const directory of leftover.directories.filter(isCgroup)) {
      const removed = await emptyAndRemove(directory);
      isLeft ||= !removed.ok;
      told.push(
        removed.ok ? `Removed the cgroup ${directory}, whose starter was killed` : removed.error,
      );
    }
    if (isLeft) leftover.leave();
    else leftover.forget();
  }
  return told;
}

/** A record is believed as to names, and no further: nothing but cgroups is touched. */
function isCgroup(directory: string): boolean {
  try {
    return CGROUP_TYPES.includes(fs.statfsSync(directory).type);
  } catch {
    return false;
  }
}
