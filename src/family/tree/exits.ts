/**
 * The CPU time of what has ended, children that no snapshot saw included.
 *
 * When a process waits for a child, the kernel adds the child's time, and that of the children which
 * the child has waited for, to the process's own account of children. So the growth of that account
 * is the time of children that ended; what exceeds the time of those that were seen to end was used by
 * children that lived between two snapshots, or by the seen ones after they were last seen.
 *
 * Where the growth is less than the time of the children that were seen to end, another process has
 * waited for them: that of a parent who has ended as well, or one that orphans fall to. Its growth
 * then tells of what was told already, and by that much less was unseen.
 *
 * Source: proc(5), fields 16 and 17 of /proc/PID/stat; times(2); PR_SET_CHILD_SUBREAPER(2const).
 */
import {
  childTicks,
  isNone,
  least,
  minusAtMost,
  NO_TICKS,
  ownTicks,
  plus,
  type Ticks,
} from './cpu';
import { type Family, isBelow, type Member } from './family';

/**
 * Adds the time of what has ended to its families' totals.
 *
 * @param living by pid, each with its newest figures
 * @param ended members since the last snapshot, each with the last figures that are known
 * @param isExact whether those are all, with their final figures: then accounts tell nothing more
 */
export function countExits(
  living: ReadonlyMap<number, Member>,
  ended: readonly Member[],
  isExact: boolean,
): void {
  for (const member of ended) addTo(member.family, ownTicks(member.facts));
  const all = [...ended, ...living.values()];
  if (!isExact) countUnseen(all, byParent(ended));
  for (const member of all) member.counted = childTicks(member.facts);
}

function byParent(ended: readonly Member[]): ReadonlyMap<number, readonly Member[]> {
  const found = new Map<number, Member[]>();
  for (const member of ended) {
    const children = found.get(member.facts.ppid);
    if (children === undefined) found.set(member.facts.ppid, [member]);
    else children.push(member);
  }
  return found;
}

function countUnseen(
  all: readonly Member[],
  endedByParent: ReadonlyMap<number, readonly Member[]>,
): void {
  const surpluses: { readonly family: Family; readonly ticks: Ticks }[] = [];
  let missing = NO_TICKS;
  for (const member of all) {
    const growth = minusAtMost(childTicks(member.facts), member.counted);
    const children = childrenOf(member, endedByParent);
    if (isNone(growth) && children.length === 0) continue;
    // A child's account is part of its parent's from now on, and what is in it has been told.
    const told = children
      .map(({ facts }) => plus(ownTicks(facts), childTicks(facts)))
      .reduce(plus, NO_TICKS);
    missing = plus(missing, minusAtMost(told, growth));
    const family = familyOfUnseen(member, children);
    surpluses.push({ family, ticks: minusAtMost(growth, told) });
  }
  for (const { family, ticks } of surpluses) {
    const known = least(ticks, missing);
    missing = minusAtMost(missing, known);
    addTo(family, minusAtMost(ticks, known));
  }
}

/** A process that has the pid of a parent but is younger than the child is another one. */
function childrenOf(
  { facts }: Member,
  endedByParent: ReadonlyMap<number, readonly Member[]>,
): readonly Member[] {
  const children = endedByParent.get(facts.pid) ?? [];
  return children.filter((child) => child.facts.birthday >= facts.birthday);
}

/**
 * Whose time it is that nobody saw. Where a family's root has ended and its parent, who is not in the
 * family, has waited for it, it is time that the root used since it was last seen.
 */
function familyOfUnseen({ family }: Member, ended: readonly Member[]): Family {
  const [first] = ended;
  if (first === undefined || first.family === family) return family;
  const isOthers = isBelow(first.family, family) && ended.every((e) => e.family === first.family);
  return isOthers ? first.family : family;
}

function addTo(family: Family, ticks: Ticks): void {
  family.exited = plus(family.exited, ticks);
}
