/**
 * Which cgroup controllers this host has, and where: each of them is in one hierarchy, of version 1 or
 * 2, whatever the others are in. On a hybrid host version 2 is mounted without controllers, and
 * serves for what it can do without: birth, freezing, killing, CPU time, pressure.
 *
 * Source: cgroups(7).
 */
import path from 'node:path';
import { ok, type Result } from '../../result';
import { mountedHierarchies, readCgroup } from '../proc/cgroups';
import { readMountInfo } from '../proc/mountinfo';
import { visibleMounts } from '../proc/mount-tree';
import { readText } from './files';

/** Version 2's names; version 1 calls `io` blkio. */
export type Controller =
  'cpu' | 'cpuacct' | 'cpuset' | 'memory' | 'pids' | 'io' | 'hugetlb' | 'devices' | 'freezer';

/** Version 2 has no cpuacct, devices and freezer: it does the same without controllers. */
const CONTROLLERS: readonly string[] = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'io',
  'hugetlb',
  'devices',
  'freezer',
] satisfies readonly Controller[];

/** A mounted hierarchy with what is of use in it. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Where its root is. */
  readonly root: string;
  /**
   * Below the root, where BASE_CGROUP is to be: empty, or in version 2 the parent of this process's own
   * cgroup (`system.slice/condor.service` for `…/condor.service/daemons`).
   */
  readonly home: string;
  readonly controllers: readonly Controller[];
}

/** Where the hierarchies are, version 2 first; those of version 1 that have a controller of use. */
export function findHierarchies(): Result<readonly Hierarchy[], string> {
  const memberships = readCgroup();
  if (!memberships.ok) return memberships;
  const mounts = readMountInfo();
  if (!mounts.ok) return mounts;
  const found = mountedHierarchies(memberships.value, visibleMounts(mounts.value));
  const hierarchies = found.map(({ controllers, directory, mountPoint: root, version }) => ({
    version,
    root,
    home: version === 2 ? homeOf(root, directory) : '',
    controllers: (version === 2 ? availableIn(root) : controllers.map(modernName)).filter(isKnown),
  }));
  return ok(
    hierarchies
      .filter(({ controllers, version }) => version === 2 || controllers.length > 0)
      .sort((a, b) => b.version - a.version),
  );
}

/**
 * In version 2 a cgroup has processes or parts with limits, so jobs are beside the starter: with
 * HTCondor's starters, too, and where systemd has handed a part of the tree to a service, in that part.
 *
 * Source: ProcFamilyDirectCgroupV2::make_full_cgroup_name of HTCondor.
 */
function homeOf(root: string, own: string | undefined): string {
  if (own === undefined) return '';
  return path.relative(root, own).split('/').slice(0, -1).join('/');
}

/** The controllers of version 2 that no hierarchy of version 1 has taken. */
function availableIn(root: string): readonly string[] {
  return readText(root, 'cgroup.controllers')?.trim().split(' ') ?? [];
}

function modernName(name: string): string {
  return name === 'blkio' ? 'io' : name;
}

function isKnown(name: string): name is Controller {
  return CONTROLLERS.includes(name);
}
