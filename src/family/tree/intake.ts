/** How a snapshot is taken in: who is new and where they belong, who is still there, who has ended. */
import type {
  NewProcess,
  ProcessFacts,
  ProcessIdentity,
  Snapshot,
} from '../../kernel/process-table-types';
import { classify } from './classify';
import { childTicks, NO_TICKS, type Ticks } from './cpu';
import type { Family, Member } from './family';
import { type Members, newMember } from './members';

/** A process that is put into a family. */
export interface Assignment extends ProcessIdentity {
  readonly family: Family;
}

/** What a snapshot is taken into. */
export interface IntakePlace {
  readonly members: Members;
  /** All families, each before its children. */
  readonly families: readonly Family[];
  /** The family of a number; undefined: it was given up. */
  byNumber(number: number): Family | undefined;
  /** The snapshot's own number. */
  readonly snapshot: number;
  /** Clock ticks from the host's boot to the snapshot before; undefined: this is the first. */
  readonly before: number | undefined;
}

/**
 * Puts processes that were never told of into families; a parent comes before its children.
 *
 * @returns those that are in another family now than the one they were born in
 */
export function takeFresh(place: IntakePlace, fresh: readonly NewProcess[]): readonly Assignment[] {
  const waiting = new Map(fresh.map((newcomer) => [newcomer.pid, newcomer]));
  const assigned: Assignment[] = [];
  const take = (newcomer: NewProcess): void => {
    waiting.delete(newcomer.pid);
    const parentFamily = (): Family | undefined => {
      const parent = waiting.get(newcomer.ppid);
      if (parent !== undefined) take(parent);
      return familyOfParent(place, newcomer);
    };
    const family = classify(newcomer, place.families, parentFamily);
    if (family === undefined) return;
    const counted = countedAtBirth(place, newcomer);
    place.members.add(newMember(newcomer, family, counted, place.snapshot));
    const { pid, birthday } = newcomer;
    if (family.number !== newcomer.family) assigned.push({ pid, birthday, family });
  };
  for (const newcomer of fresh) if (waiting.has(newcomer.pid)) take(newcomer);
  return assigned;
}

/** Takes the newest figures of members that were told of before, or put into their family by name. */
export function takeMembers(place: IntakePlace, { members, fresh }: Snapshot): void {
  const isFresh = new Set(fresh.map(({ pid }) => pid));
  for (const facts of members) {
    if (isFresh.has(facts.pid)) continue;
    const known = place.members.find(facts);
    if (known !== undefined) {
      known.facts = facts;
      known.seenIn = place.snapshot;
      continue;
    }
    const family = place.byNumber(facts.family);
    if (family === undefined) continue;
    place.members.add(newMember(facts, family, childTicks(facts), place.snapshot));
  }
}

/** Takes members out that have ended; gives them with the best figures for each. */
export function takeEnded(place: IntakePlace, { ended, complete }: Snapshot): readonly Member[] {
  const gone: Member[] = [];
  for (const facts of ended) {
    const member = place.members.find(facts) ?? unseenMember(place, facts);
    if (member === undefined) continue;
    member.facts = withoutLoss(member.facts, facts);
    gone.push(member);
    place.members.remove(member);
  }
  if (!complete) return gone;
  for (const member of place.members.all.values()) {
    if (member.seenIn === place.snapshot) continue;
    gone.push(member);
    place.members.remove(member);
  }
  return gone;
}

/** The parent's family, or the one that the process was born in where its parent has gone. */
function familyOfParent(place: IntakePlace, newcomer: NewProcess): Family | undefined {
  const parent = place.members.all.get(newcomer.ppid);
  const isParent = parent !== undefined && parent.facts.birthday <= newcomer.birthday;
  return isParent ? parent.family : place.byNumber(newcomer.family);
}

/** The children of a process that was born since the last snapshot have been told of by nobody. */
function countedAtBirth({ before }: IntakePlace, newcomer: NewProcess): Ticks {
  return before !== undefined && newcomer.birthday >= before ? NO_TICKS : childTicks(newcomer);
}

/** A member that came and went between two snapshots. */
function unseenMember(place: IntakePlace, facts: ProcessFacts): Member | undefined {
  const family = place.byNumber(facts.family);
  return family && newMember(facts, family, NO_TICKS, place.snapshot);
}

/** Of two looks at a process the later one, but no figure lower than it was. */
function withoutLoss(before: ProcessFacts, last: ProcessFacts): ProcessFacts {
  return {
    ...last,
    userTicks: Math.max(before.userTicks, last.userTicks),
    systemTicks: Math.max(before.systemTicks, last.systemTicks),
    childUserTicks: Math.max(before.childUserTicks, last.childUserTicks),
    childSystemTicks: Math.max(before.childSystemTicks, last.childSystemTicks),
  };
}
