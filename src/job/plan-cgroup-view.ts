/**
 * What a job sees of cgroups. With a cgroup namespace its own cgroup is the root of /proc/PID/cgroup;
 * programs look for their limits below what is mounted at /sys/fs/cgroup, so that shows the same part.
 *
 * Source: cgroup_namespaces(7).
 */
import type { MountFact } from './host';
import { isAtOrBelow } from './paths';
import type { MountFlag, Step } from './plan';
import type { PlanInput } from './plan-input';

/**
 * Plans the steps of the job's process; none where it sees what the host sees.
 *
 * @param root the root directory that the job will have; undefined: the host's. An image has no
 *   hierarchies to show.
 */
export function planCgroupView(
  { host, mode, policy }: PlanInput,
  root: string | undefined,
): readonly Step[] {
  const isOurs = mode === 'root' || mode === 'rootless';
  if (!policy.cgroupNamespace || !isOurs) return [];
  const shown = root === undefined ? host.mounts.filter(isHierarchy) : [];
  const isHidden = (path: string) => policy.hidden.some((hidden) => isAtOrBelow(path, hidden));
  const isReadOnly = (path: string) => policy.readOnly.some((tree) => isAtOrBelow(path, tree));
  const mounts = shown
    .filter(({ mountPoint }) => !isHidden(mountPoint))
    .map(({ flags, hierarchy, mountPoint }): Step => {
      const readOnly: readonly MountFlag[] =
        flags.includes('ro') || isReadOnly(mountPoint) ? ['ro'] : [];
      return {
        op: 'cgroup-files',
        target: mountPoint,
        flags: [...readOnly, 'nosuid', 'nodev', 'noexec'],
        options: hierarchy,
      };
    });
  return [{ op: 'cgroup-namespace' }, ...mounts];
}

function isHierarchy(mount: MountFact): mount is MountFact & { readonly hierarchy: string } {
  return mount.hierarchy !== undefined;
}
