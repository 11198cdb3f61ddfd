/** The members of all families, by pid: each is in one family, and moves between them. */
import type { ProcessFacts, ProcessIdentity } from '../../kernel/process-table-types';
import type { Ticks } from './cpu';
import type { Family, Member } from './family';

export class Members {
  readonly #byPid = new Map<number, Member>();

  get all(): ReadonlyMap<number, Member> {
    return this.#byPid;
  }

  /** The member that is this process; undefined: none, or another process has its pid. */
  find({ pid, birthday }: ProcessIdentity): Member | undefined {
    const member = this.#byPid.get(pid);
    return member?.facts.birthday === birthday ? member : undefined;
  }

  add(member: Member): void {
    const { pid } = member.facts;
    const earlier = this.#byPid.get(pid);
    if (earlier !== undefined) this.remove(earlier);
    this.#byPid.set(pid, member);
    member.family.members.set(pid, member);
  }

  move(member: Member, family: Family): void {
    const { pid } = member.facts;
    member.family.members.delete(pid);
    member.family = family;
    family.members.set(pid, member);
  }

  remove(member: Member): void {
    const { pid } = member.facts;
    if (this.#byPid.get(pid) === member) this.#byPid.delete(pid);
    if (member.family.members.get(pid) === member) member.family.members.delete(pid);
  }

  /**
   * Members whose parents do not lead to their family, and who are not its root: what a later procd
   * could not find again.
   */
  get hardToFind(): readonly Member[] {
    return [...this.#byPid.values()].filter(({ facts, family }) => {
      const isRoot = family.root?.pid === facts.pid;
      return !isRoot && this.#byPid.get(facts.ppid)?.family !== family;
    });
  }
}

/** @param counted how much of its children's time is told elsewhere */
export function newMember(
  facts: ProcessFacts,
  family: Family,
  counted: Ticks,
  seenIn: number,
): Member {
  const sample = { at: facts.birthday, ticks: 0, percent: 0 };
  return { facts, family, counted, sample, seenIn };
}
