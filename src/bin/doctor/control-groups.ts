/**
 * Checks: which cgroup controllers this host has, in which version, and whether they can be used.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type CgroupHierarchy, cgroupLayout } from '../../kernel/proc/cgroups';
import { readKernelFile } from '../../kernel/proc/read';
import { CGROUP_FEATURES } from './cgroup-features';
import { type Check, type Finding, limited, missing, type Topic, works } from './check';
import type { Examination } from './examination';

const LAYOUT_WORDS = {
  unified: 'version 2',
  legacy: 'version 1',
  hybrid: 'versions 1 and 2 side by side',
  none: 'none is mounted',
} as const;

const DELEGATION =
  'let systemd delegate a cgroup (Delegate=yes in a unit, systemd-run --user --scope), or run as root';

const LAYOUT: Check = {
  id: 'cgroup-layout',
  title: 'hierarchies',
  neededFor: 'limits, accounting, tracking',
  run: ({ cgroups }) => {
    const layout = cgroupLayout(cgroups);
    return layout === 'none'
      ? missing(LAYOUT_WORDS.none, 'mount -t cgroup2 cgroup2 /sys/fs/cgroup')
      : works(LAYOUT_WORDS[layout]);
  },
};

/** Version 2 has its freezer and its tracking without a controller of that name. */
const UNIFIED: Check = {
  id: 'cgroup-v2',
  title: 'version 2',
  neededFor: 'tracking and killing families',
  run: ({ cgroups, mode }) => {
    const hierarchy = cgroups.find((each) => each.version === 2);
    return hierarchy === undefined
      ? missing('not mounted', 'boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2')
      : usable(hierarchy, mode);
  },
};

/** The controllers that HTCondor's knobs speak of. */
const CONTROLLERS = [
  ['memory', 'CGROUP_MEMORY_LIMIT_POLICY'],
  ['cpu', "CPU shares by the slot's cores"],
  ['cpuset', 'ENFORCE_CPU_AFFINITY'],
  ['pids', 'fork bombs'],
  ['freezer', 'suspending a job'],
  ['io', 'block I/O weight and counts'],
  ['devices', 'hiding GPUs of other slots'],
] as const;

function controllerCheck([name, neededFor]: (typeof CONTROLLERS)[number]): Check {
  return {
    id: `cgroup-${name}`,
    title: name,
    neededFor,
    run: ({ cgroups, mode }) => {
      const hierarchy = findController(cgroups, name);
      return hierarchy === undefined ? notThere(cgroups, name) : usable(hierarchy, mode);
    },
  };
}

/** Names that a controller has in version 1 alone. */
const VERSION_1_NAMES: Readonly<Record<string, string>> = { io: 'blkio' };
/** Controllers that version 2 has built in, without listing them: cgroups(7). */
const BUILT_IN = new Set(['freezer', 'devices']);

function findController(
  hierarchies: readonly CgroupHierarchy[],
  name: string,
): CgroupHierarchy | undefined {
  const first = hierarchies.find((each) =>
    each.controllers.includes(VERSION_1_NAMES[name] ?? name),
  );
  const second = hierarchies.find((each) => each.version === 2);
  if (first !== undefined || second === undefined) {
    return first;
  }
  const listed = readKernelFile(path.join(second.mountPoint, 'cgroup.controllers'));
  const has = listed.ok && listed.value.trim().split(' ').includes(name);
  return has || BUILT_IN.has(name) ? second : undefined;
}

function notThere(hierarchies: readonly CgroupHierarchy[], name: string): Finding {
  return missing(
    'no hierarchy has this controller',
    cgroupLayout(hierarchies) === 'none'
      ? 'mount a hierarchy (above)'
      : `boot with a kernel that has it; see /proc/cgroups (cgroup_disable=${name}?)`,
  );
}

/** Root makes cgroups anywhere below the mount; a user where a cgroup was delegated to it. */
function usable(hierarchy: CgroupHierarchy, mode: Examination['mode']): Finding {
  const directory = mode === 'root' ? hierarchy.mountPoint : hierarchy.directory;
  const where = `version ${hierarchy.version}, ${directory ?? hierarchy.mountPoint}`;
  if (directory !== undefined && isWritable(directory)) {
    return works(where);
  }
  return hierarchy.readOnly
    ? limited(`${where}: mounted read-only`, 'mount it writable into this container')
    : limited(`${where}: not ours to write`, DELEGATION);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Cgroups. Jobs run without them; limits, complete figures and the freezer stand on them. */
export const CONTROL_GROUPS: Topic = {
  title: 'Control groups',
  checks: [LAYOUT, UNIFIED, ...CONTROLLERS.map(controllerCheck), ...CGROUP_FEATURES],
};
