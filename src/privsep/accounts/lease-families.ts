/** The end of families that a lease has noted, by whoever comes after the daemon that started them. */
import path from 'node:path';
import { endProcessOf } from '../../kernel/account-leftovers';
import { emptyAndRemove } from '../../kernel/cgroups/empty';
import { findHierarchies } from '../../kernel/cgroups/hierarchies';
import { ok, type Result } from '../../result';
import { isCgroupName } from './cgroup-name';
import type { LeaseFamily } from './types';

/** Milliseconds for a process to be gone after SIGKILL. */
const PATIENCE = 5000;

/**
 * Kills a family: its root, if it is still that process, and whatever is in its cgroup, which goes.
 *
 * @returns a sentence: what stays
 */
export async function endFamily({
  birthday,
  cgroup,
  pid,
}: LeaseFamily): Promise<Result<void, string>> {
  // The root first: it is the init of the job's PID namespace, with which all there is killed.
  const ended = await endProcessOf({ pid, birthday }, PATIENCE);
  if (cgroup !== undefined && isCgroupName(cgroup)) {
    const hierarchies = findHierarchies();
    for (const { root } of hierarchies.ok ? hierarchies.value : []) {
      const emptied = await emptyAndRemove(path.join(root, cgroup));
      if (!emptied.ok) return emptied;
    }
  }
  return ended.ok ? ok(undefined) : ended;
}
