/**
 * Which cgroup hierarchies are mounted, and where this process is in each: cgroups(7),
 * /proc/PID/cgroup and mountinfo put together.
 *
 * ```
 *   0::/user.slice/session-1.scope        version 2
 *   4:memory:/jobs                        version 1, a controller
 *   1:name=systemd:/init.scope            version 1, no controller, a name
 * ```
 */
import { err, ok, type Result } from '../../result';
import { isAtOrBelow } from './mount-tree';
import type { MountEntry } from './mountinfo';
import { readKernelFile } from './read';

/** One line of /proc/PID/cgroup. */
export interface CgroupMembership {
  readonly version: 1 | 2;
  /** Controllers of a version 1 hierarchy; empty for version 2 and named hierarchies. */
  readonly controllers: readonly string[];
  /** The name of a version 1 hierarchy without controllers (`systemd`). */
  readonly name: string | undefined;
  /** The process's cgroup, seen from the root of its cgroup namespace. */
  readonly path: string;
}

/** A hierarchy that is mounted here. */
export interface CgroupHierarchy extends CgroupMembership {
  readonly mountPoint: string;
  readonly readOnly: boolean;
  /** The process's own cgroup as a directory; undefined where the mount does not show it. */
  readonly directory: string | undefined;
}

/**
 * How this host arranges cgroups: `unified` is version 2 alone, `legacy` version 1 alone, `hybrid`
 * both at once, `none` nothing mounted.
 */
export type CgroupLayout = 'unified' | 'legacy' | 'hybrid' | 'none';

/** Parses a whole /proc/PID/cgroup file. */
export function parseCgroup(text: string): Result<readonly CgroupMembership[], string> {
  const memberships: CgroupMembership[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (match?.[2] === undefined || match[3] === undefined) {
      return err(`not a line of /proc/PID/cgroup (cgroups(7)): "${line}"`);
    }
    const subsystems = match[2].split(',').filter(Boolean);
    memberships.push({
      version: match[1] === '0' ? 2 : 1,
      controllers: subsystems.filter((each) => !each.startsWith('name=')),
      name: subsystems.find((each) => each.startsWith('name='))?.slice('name='.length),
      path: match[3],
    });
  }
  return ok(memberships);
}

/** This process's own memberships; none on a kernel without cgroups. */
export function readCgroup(): Result<readonly CgroupMembership[], string> {
  const text = readKernelFile('/proc/self/cgroup');
  return text.ok ? parseCgroup(text.value) : ok([]);
}

/** A process's cgroup of version 2; undefined: it is in none, or gone. */
export function unifiedCgroupOf(pid: number): string | undefined {
  const text = readKernelFile(`/proc/${pid}/cgroup`);
  const memberships = text.ok ? parseCgroup(text.value) : text;
  return memberships.ok ? memberships.value.find(({ version }) => version === 2)?.path : undefined;
}

/**
 * Finds where each membership is mounted.
 *
 * @param mounts the visible mounts of this namespace
 * @returns one row for each membership that has a mount, in the order of `memberships`
 */
export function mountedHierarchies(
  memberships: readonly CgroupMembership[],
  mounts: readonly MountEntry[],
): readonly CgroupHierarchy[] {
  return memberships.flatMap((membership) => {
    const places = mounts
      .filter((entry) => isMountOf(entry, membership))
      .map((mount) => ({
        ...membership,
        mountPoint: mount.mountPoint,
        readOnly: mount.options.includes('ro') || mount.superOptions.includes('ro'),
        directory: ownDirectory(mount, membership.path),
      }));
    // A container may have it twice: all of it to be read, and its own part to be written.
    return places.find(({ readOnly }) => !readOnly) ?? places.slice(0, 1);
  });
}

/** What every mount of version 1 can have, and none needs to find the hierarchy again. */
const NOT_OF_THE_HIERARCHY =
  /^(rw|ro|xattr|noprefix|clone_children|cpuset_v2_mode|favordynmods|release_agent=.*)$/;

/**
 * What tells a mounted hierarchy from others, as options of mount(2): `cpu,cpuacct`, `name=systemd`, or
 * nothing for version 2. Undefined: it is no hierarchy.
 */
export function hierarchyOptions({ superOptions, type }: MountEntry): string | undefined {
  if (type === 'cgroup2') return '';
  if (type !== 'cgroup') return undefined;
  return superOptions.filter((option) => !NOT_OF_THE_HIERARCHY.test(option)).join(',');
}

/** Sums up how hierarchies are mounted. */
export function cgroupLayout(hierarchies: readonly CgroupHierarchy[]): CgroupLayout {
  const second = hierarchies.some((each) => each.version === 2);
  const first = hierarchies.some((each) => each.version === 1);
  if (first && second) {
    return 'hybrid';
  }
  if (first || second) {
    return first ? 'legacy' : 'unified';
  }
  return 'none';
}

function isMountOf(mount: MountEntry, membership: CgroupMembership): boolean {
  if (membership.version === 2) {
    return mount.type === 'cgroup2';
  }
  const marks = [
    ...membership.controllers,
    ...(membership.name === undefined ? [] : [`name=${membership.name}`]),
  ];
  return (
    mount.type === 'cgroup' &&
    marks.length > 0 &&
    marks.every((mark) => mount.superOptions.includes(mark))
  );
}

/** A container may have a part of the hierarchy only (mount root), or none of our own (`/..`). */
function ownDirectory(mount: MountEntry, path: string): string | undefined {
  if (path.split('/').includes('..') || !isAtOrBelow(path, mount.root)) {
    return undefined;
  }
  const below = mount.root === '/' ? path : path.slice(mount.root.length);
  const directory = `${mount.mountPoint === '/' ? '' : mount.mountPoint}${below}`;
  return directory.length > 1 && directory.endsWith('/') ? directory.slice(0, -1) : directory;
}
