/**
 * The cgroup that whoever registers a family has made for it. To take a job out of that would free it of
 * its limits; whatever is born in there is the family's.
 */
import path from 'node:path';
import { findHierarchies } from '../../kernel/cgroups/hierarchies';
import { wholeOf } from '../../kernel/cgroups/parts';
import { unifiedCgroupOf } from '../../kernel/proc/cgroups';
import { cgroupMembers } from './cgroup-members';

/**
 * Looks for a root's, of version 2.
 *
 * @param root a process without children
 * @param watcher who has registered it
 * @returns its name below the hierarchy's root: `htcondor/condor_…`; undefined: none was made for it: it
 *   is where its watcher is, or not alone
 */
export function arrangedCgroup(root: number, watcher: number): string | undefined {
  const [own, others] = [unifiedCgroupOf(root), unifiedCgroupOf(watcher)];
  if (own === undefined || others === undefined || own === others) return undefined;
  const hierarchies = findHierarchies();
  const top = hierarchies.ok ? hierarchies.value.find(({ version }) => version === 2) : undefined;
  if (top === undefined) return undefined;
  // Our starter has eyrie-init apart from the job: the family's cgroup is the one above both.
  const whole = wholeOf(own) ?? own;
  const members = cgroupMembers(path.join(top.root, whole));
  // What cannot be read has no members either, and is not to be killed whole.
  return members.length === 1 && members[0] === root ? whole.slice(1) : undefined;
}
