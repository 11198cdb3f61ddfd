/**
 * Whether this process can isolate a job with its own hands: as uid 0 with the capabilities that a
 * launch and its clean-up use, in a user namespace that maps enough ids.
 */
import type { Capability, CapabilitySet } from '../proc/capabilities';
import { lackingCapabilities } from '../proc/capabilities';
import type { IdMapping } from '../proc/id-map';
import { mappedIds, readIdMapping } from '../proc/id-map';
import { readStatus } from '../proc/status';
import { ok, type Result } from '../../result';
import type { Obstacle } from './obstacle';

/** What a starter that is root does with each capability: capabilities(7). */
export const STARTER_CAPABILITIES = {
  CAP_SYS_ADMIN: 'namespaces and mounts',
  CAP_SYS_CHROOT: 'named chroots',
  CAP_SETUID: "the job's uid",
  CAP_SETGID: "the job's gid and groups",
  CAP_SETPCAP: 'emptying the capability bounding set',
  CAP_CHOWN: "giving the sandbox to the job's account",
  CAP_DAC_OVERRIDE: 'removing what the job left',
  CAP_FOWNER: 'removing what the job left in directories with the sticky bit',
  CAP_KILL: "signals to the job's processes",
} as const satisfies Partial<Record<Capability, string>>;

/** The facts that decide; {@link readPrivilege} gets them from /proc. */
export interface PrivilegeFacts {
  /** The effective uid, as seen in this process's user namespace. */
  readonly uid: number;
  readonly effective: CapabilitySet;
  readonly ids: IdMapping;
}

/** Reads the facts of this process. */
export function readPrivilege(): Result<PrivilegeFacts, string> {
  const status = readStatus();
  if (!status.ok) {
    return status;
  }
  const ids = readIdMapping();
  if (!ids.ok) {
    return ids;
  }
  return ok({
    uid: status.value.uid.effective,
    effective: status.value.capabilities.effective,
    ids: ids.value,
  });
}

/**
 * What keeps this process from isolating a job as root; empty: nothing. An ordinary user gets one
 * obstacle: not being root.
 */
export function privilegeObstacles(facts: PrivilegeFacts): readonly Obstacle[] {
  if (facts.uid !== 0) {
    return [{ reason: `uid ${facts.uid} is not root`, remedy: 'run it as root' }];
  }
  const wanted = Object.keys(STARTER_CAPABILITIES) as (keyof typeof STARTER_CAPABILITIES)[];
  const lacking = lackingCapabilities(facts.effective, wanted) as typeof wanted;
  return [
    ...lacking.map((capability) => ({
      reason: `root lacks ${capability} (${STARTER_CAPABILITIES[capability]})`,
      remedy: `give it: for a container --cap-add=${capability.slice('CAP_'.length)}, for a systemd unit CapabilityBoundingSet=`,
    })),
    ...idObstacles(facts.ids),
  ];
}

/** Root of a user namespace made by an ordinary user has every capability and yet nobody to be. */
function idObstacles(ids: IdMapping): readonly Obstacle[] {
  const remedy = 'start it as the ordinary user itself, or map a range of ids (subuid(5))';
  if (mappedIds(ids.uid) < 2 || mappedIds(ids.gid) < 2) {
    return [{ reason: 'this user namespace maps no other account than root', remedy }];
  }
  if (!ids.setgroups) {
    return [{ reason: 'setgroups(2) is denied in this user namespace', remedy }];
  }
  return [];
}
