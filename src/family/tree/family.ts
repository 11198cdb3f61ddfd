/** A family: what procd keeps of a process that was registered and of all that belongs to it. */
import type { ProcessFacts, ProcessIdentity } from '../../kernel/process-table-types';
import { NO_TICKS, type Ticks } from './cpu';

/** What tells members of a family, beside their parents. */
export interface Tags {
  /** Each a set of `_CONDOR_ANCESTOR_` entries, all of which a member has. */
  readonly environments: (readonly string[])[];
  /** Owners of members. */
  readonly uids: number[];
  /** Supplementary groups, of which a member has one. */
  readonly gids: number[];
  /** Names of control groups, with which a line of a member's /proc/PID/cgroup ends. */
  readonly cgroups: string[];
}

/** What a control group counts. Microseconds, operations and bytes; undefined: it does not count it. */
export interface GroupUsage {
  readonly userMicros?: number | undefined;
  readonly systemMicros?: number | undefined;
  readonly blockReads?: number | undefined;
  readonly blockWrites?: number | undefined;
  readonly blockReadBytes?: number | undefined;
  readonly blockWriteBytes?: number | undefined;
}

/** A member, with what was last seen of it. */
export interface Member {
  facts: ProcessFacts;
  family: Family;
  /** How much of its children's time is in the families' totals already. */
  counted: Ticks;
  /** The sample that percent CPU is measured from. */
  sample: { readonly at: number; readonly ticks: number; readonly percent: number };
  /** The snapshot that has seen it last. */
  seenIn: number;
}

export interface Family {
  /** procd's own name for it, never used again. */
  readonly number: number;
  /** Undefined for the top of a procd that takes any process. */
  readonly root: ProcessIdentity | undefined;
  /** With its end the family is given up; undefined: nobody. */
  readonly watcher: number | undefined;
  /** Seconds, as the client asked for; -1: no wish. */
  readonly interval: number;
  parent: Family | undefined;
  /** The newest first, as HTCondor's procd shows them. */
  children: Family[];
  /** By pid, the oldest attribution first. */
  readonly members: Map<number, Member>;
  readonly tags: Tags;
  /** The time of members that have ended, and of children that nobody saw. */
  exited: Ticks;
  /** Time that neither the members, nor `exited`, nor the control group tells of. */
  carried: Ticks;
  /** Likewise, and the control groups of families above do not tell of it either. */
  carriedElsewhere: Ticks;
  /** KiB, the greatest image size of the family and those below it at any snapshot. */
  peakImage: number;
  /** What the family's own control group counted at the last look; undefined: it has none. */
  group: GroupUsage | undefined;
  /** The proxy file of a family that glexec signals. */
  proxy: string | undefined;
}

/** A family without members. */
export function newFamily(
  facts: Pick<Family, 'number' | 'root' | 'watcher' | 'interval' | 'parent'>,
): Family {
  return {
    ...facts,
    children: [],
    members: new Map(),
    tags: { environments: [], uids: [], gids: [], cgroups: [] },
    exited: NO_TICKS,
    carried: NO_TICKS,
    carriedElsewhere: NO_TICKS,
    peakImage: 0,
    group: undefined,
    proxy: undefined,
  };
}

/** A family and all below it, each before its children. */
export function subtree(family: Family): readonly Family[] {
  const found = [family];
  for (let at = 0; at < found.length; at += 1) {
    found.splice(at + 1, 0, ...(found[at]?.children ?? []));
  }
  return found;
}

/** True where `family` lies below `other`. */
export function isBelow(family: Family, other: Family): boolean {
  for (let each = family.parent; each !== undefined; each = each.parent) {
    if (each === other) return true;
  }
  return false;
}
