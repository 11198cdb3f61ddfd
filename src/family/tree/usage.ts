/**
 * What a family uses, those below it included: the sums that condor_procd gives.
 *
 * CPU time is added up in ticks and divided once, where HTCondor's procd cuts each process's time to
 * whole seconds. Where a family has a control group, that counts its CPU time and block I/O, of all
 * that is in it: the families below, too, but for those whose own group was put elsewhere.
 */
import type { ProcdUsage } from '../wire';
import { minusAtMost, NO_TICKS, ownTicks, plus, TICKS_PER_SECOND, type Ticks } from './cpu';
import { type Family, type GroupUsage, subtree } from './family';

const MICROS_PER_TICK = 1_000_000 / TICKS_PER_SECOND;

/** The usage of a family at the last snapshot. Proportional size is not a tree's to know. */
export function usageOf(family: Family): ProcdUsage {
  const families = subtree(family);
  const { user, system } = cpuOf(family);
  const sums = { percentCpu: 0, imageSize: 0, resident: 0, processes: 0 };
  for (const { members } of families) {
    for (const { facts, sample } of members.values()) {
      sums.percentCpu += sample.percent;
      sums.imageSize += facts.imageSize;
      sums.resident += facts.resident;
      sums.processes += 1;
    }
  }
  return {
    ...sums,
    ...blockUsage(family),
    userCpu: user / TICKS_PER_SECOND,
    systemCpu: system / TICKS_PER_SECOND,
    maxImageSize: Math.max(family.peakImage, sums.imageSize),
  };
}

/** CPU time of a family and those below it. */
export function cpuOf(family: Family): Ticks {
  const { carried, carriedElsewhere, children } = family;
  const group = groupTicks(family.group);
  if (group !== undefined) return sum([group, carried, outsideOf(family)]);
  return sum([withoutGroup(family), carried, carriedElsewhere, ...children.map(cpuOf)]);
}

/** Takes the figures of a family's control group; at the first time, what it used before is kept. */
export function setGroupUsage(family: Family, usage: GroupUsage): void {
  const isFirst = groupTicks(family.group) === undefined;
  family.group = usage;
  if (isFirst && groupTicks(usage) !== undefined) {
    family.carried = plus(family.carried, withoutGroup(family));
  }
}

/**
 * Hands a family's time on to the one above, which takes its members as well. Sums never fall by
 * that.
 */
export function inheritCpu(heir: Family, family: Family): void {
  const group = groupTicks(family.group);
  heir.carriedElsewhere = plus(heir.carriedElsewhere, family.carriedElsewhere);
  if (groupTicks(heir.group) !== undefined) {
    if (!isElsewhere(family)) return;
    heir.carriedElsewhere = plus(heir.carriedElsewhere, group ?? withoutGroup(family));
    return;
  }
  heir.carried = plus(heir.carried, family.carried);
  if (group === undefined) {
    heir.exited = plus(heir.exited, family.exited);
    return;
  }
  // The members' own time counts with the heir from now on.
  const ended = minusAtMost(group, livingTicks(family));
  if (isElsewhere(family)) heir.carriedElsewhere = plus(heir.carriedElsewhere, ended);
  else heir.carried = plus(heir.carried, ended);
}

function withoutGroup(family: Family): Ticks {
  return plus(livingTicks(family), family.exited);
}

function livingTicks({ members }: Family): Ticks {
  let ticks = NO_TICKS;
  for (const { facts } of members.values()) ticks = plus(ticks, ownTicks(facts));
  return ticks;
}

function groupTicks(usage: GroupUsage | undefined): Ticks | undefined {
  const { userMicros, systemMicros } = usage ?? {};
  if (userMicros === undefined || systemMicros === undefined) return undefined;
  return { user: userMicros / MICROS_PER_TICK, system: systemMicros / MICROS_PER_TICK };
}

/** A group that a client has named lies anywhere; our own lie below that of the family above. */
function isElsewhere({ tags }: Family): boolean {
  return tags.cgroups.length > 0;
}

/** What was used below a family that its control group does not count. */
function outsideOf({ carriedElsewhere, children }: Family): Ticks {
  const below = children.map((child) => {
    if (!isElsewhere(child)) return outsideOf(child);
    return plus(groupTicks(child.group) ?? withoutGroup(child), outsideOf(child));
  });
  return sum([carriedElsewhere, ...below]);
}

function sum(ticks: readonly Ticks[]): Ticks {
  return ticks.reduce(plus, NO_TICKS);
}

/** What the control groups of a family, or else of those below it, count of block I/O. */
function blockUsage(family: Family): Pick<ProcdUsage, (typeof BLOCK_FIELDS)[number]> {
  const groups = nearestGroups(family);
  return Object.fromEntries(
    BLOCK_FIELDS.map((field) => {
      const known = groups.map((group) => group[field]).filter((value) => value !== undefined);
      return [field, known.length === 0 ? undefined : known.reduce((one, other) => one + other, 0)];
    }),
  );
}

const BLOCK_FIELDS = ['blockReads', 'blockWrites', 'blockReadBytes', 'blockWriteBytes'] as const;

function nearestGroups(family: Family): readonly GroupUsage[] {
  return family.group === undefined ? family.children.flatMap(nearestGroups) : [family.group];
}
