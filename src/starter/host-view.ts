/**
 * The real host, as the planner asks for it. What costs something is found out when it is asked
 * for, and once.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { HostView } from '../job/host';
import type { RlimitName } from '../job/plan';
import { accountById, accountByName } from '../kernel/accounts';
import { hasCapability } from '../kernel/proc/capabilities';
import { type Rlimit, type Rlimits, readLimits } from '../kernel/proc/limits';
import { nvidiaGpus } from '../kernel/proc/nvidia';
import { visibleMounts } from '../kernel/proc/mount-tree';
import { hierarchyOptions } from '../kernel/proc/cgroups';
import { type MountEntry, mountFlags, readMountInfo } from '../kernel/proc/mountinfo';
import { type PrivilegeFacts, privilegeObstacles, readPrivilege } from '../kernel/probe/privilege';
import { readUserNamespaceFacts, userNamespaceObstacle } from '../kernel/probe/user-namespaces';
import { ok, type Result } from '../result';
import { listDirectory, statDevice, statEntry, statPath } from './host-paths';
import { fullHostname } from './hostname';
import { once } from './once';

/**
 * Looks at this host.
 *
 * @returns the view, or a sentence about the file of /proc without which nothing can be planned
 */
export function openHostView(): Result<HostView, string> {
  const privilege = readPrivilege();
  if (!privilege.ok) return privilege;
  const limits = readLimits();
  if (!limits.ok) return limits;
  return ok(makeView(privilege.value, limits.value));
}

function makeView(privilege: PrivilegeFacts, limits: Rlimits): HostView {
  const hostname = once(() => fullHostname(os.hostname(), hostsFile()));
  const mounts = once(readMounts);
  const gpus = once(() => nvidiaGpus());
  const userNamespaces = once(() => userNamespaceObstacle(readUserNamespaceFacts()) === undefined);
  return {
    uid: privilege.uid,
    gid: process.getegid?.() ?? privilege.uid,
    privileged: privilegeObstacles(privilege).length === 0,
    canRaiseLimits: hasCapability(privilege.effective, 'CAP_SYS_RESOURCE'),
    get userNamespaces() {
      return userNamespaces();
    },
    get hostname() {
      return hostname();
    },
    get mounts() {
      return mounts();
    },
    limit: (resource) => startingLimit(resource, limits[resource], process.env),
    get gpus() {
      return gpus();
    },
    device: statDevice,
    stat: statPath,
    entry: statEntry,
    list: listDirectory,
    account: accountByName,
    accountById,
  };
}

/** Set by native/start/start.c: the soft limit of open files before Node raised it. */
const SOFT_NOFILE = 'EYRIE_SOFT_NOFILE';

/**
 * The limit that the starter was started with. Node raises its own soft limit of open files to the
 * hard one while it starts; the program that started Node says what it was.
 */
export function startingLimit(
  resource: RlimitName,
  now: Rlimit,
  environment: Readonly<Record<string, string | undefined>>,
): Rlimit {
  const before = environment[SOFT_NOFILE];
  if (resource !== 'nofile' || before === undefined || !/^\d{1,15}$/.test(before)) {
    return now;
  }
  const soft = Number(before);
  return now.hard !== 'unlimited' && soft > now.hard ? now : { soft, hard: now.hard };
}

function hostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch {
    return '';
  }
}

function readMounts(): HostView['mounts'] {
  const entries = readMountInfo();
  if (!entries.ok) {
    // /proc was there when the view was opened; a kernel with another format needs another reader.
    throw new Error(entries.error);
  }
  return visibleMounts(entries.value).map((entry) => ({
    mountPoint: entry.mountPoint,
    type: entry.type,
    flags: mountFlags(entry),
    ...hierarchyOf(entry),
  }));
}

function hierarchyOf(entry: MountEntry): { readonly hierarchy?: string } {
  const hierarchy = hierarchyOptions(entry);
  return hierarchy === undefined ? {} : { hierarchy };
}
