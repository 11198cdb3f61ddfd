/**
 * The tree of families: one top, and below it what clients have registered. It is told what
 * processes there are (`apply`), puts them into families, and answers from what it was told last. It
 * touches nothing outside itself.
 */
import type { ProcessFacts, ProcessIdentity, Snapshot } from '../../kernel/process-table-types';
import { err, ok, type Result } from '../../result';
import type { ProcdRefusal } from '../wire';
import { wants } from './classify';
import { childTicks } from './cpu';
import { countExits } from './exits';
import { type Family, newFamily, subtree } from './family';
import { type Assignment, type IntakePlace, takeEnded, takeFresh, takeMembers } from './intake';
import { Members, newMember } from './members';
import { sampleMember } from './percent';
import { inheritCpu } from './usage';

/** What a client says of a family that it registers. */
export interface Registration {
  readonly root: ProcessIdentity;
  /** The process with whose end the family is given up; undefined: none. */
  readonly watcher: number | undefined;
  /** Seconds; -1: no wish. */
  readonly interval: number;
}

/** The family that all others are below. */
export interface Top extends Omit<Registration, 'root'> {
  /** Undefined: it has no processes. */
  readonly root: ProcessIdentity | undefined;
  /** Whether processes that are in no family may be registered. */
  readonly takesAny: boolean;
}

export class FamilyTree {
  readonly top: Family;
  readonly members = new Members();
  readonly #takesAny: boolean;
  readonly #byNumber = new Map<number, Family>();
  #nextNumber = 1;
  #snapshots = 0;
  #lastSnapshotAt: number | undefined;

  constructor({ takesAny, ...top }: Top) {
    this.#takesAny = takesAny;
    this.top = this.#add({ ...top, parent: undefined });
  }

  /** All families, each before its children. */
  get families(): readonly Family[] {
    return subtree(this.top);
  }

  /** What has to be read of processes that were not seen before. */
  get wants(): ReturnType<typeof wants> {
    return wants(this.families);
  }

  /** The family that a pid is the root of; 0 means the top. */
  find(pid: number): Family | undefined {
    if (pid === 0) return this.top;
    return this.families.find(({ root }) => root?.pid === pid);
  }

  /**
   * Makes a family of a process: below the one that it is in. Only the process itself moves, not
   * the children that it has.
   *
   * @param root as it is now
   * @param otherwise the family above where the process is in none; undefined: it cannot be registered
   */
  register(
    facts: Registration,
    root: ProcessFacts,
    otherwise?: Family,
  ): Result<Family, ProcdRefusal> {
    if (this.find(facts.root.pid) !== undefined) return err('already-registered');
    const member = this.members.find(facts.root);
    const parent = member?.family ?? this.#familyOfUnknown(root) ?? otherwise;
    if (parent === undefined) return err('process-not-in-tree');
    const family = this.#add({ ...facts, parent });
    if (member !== undefined) this.members.move(member, family);
    else this.members.add(newMember(root, family, childTicks(root), this.#snapshots));
    return ok(family);
  }

  /** Adds a family that was registered with an earlier procd. */
  restore(facts: Registration, parent: Family): Family {
    return this.#add({ ...facts, parent });
  }

  /** Gives a family up: the one above takes its members, its time and the families below it. */
  unregister(family: Family): Result<Family, 'unregister-root'> {
    const { parent } = family;
    if (parent === undefined) return err('unregister-root');
    inheritCpu(parent, family);
    for (const member of [...family.members.values()]) this.members.move(member, parent);
    for (const child of family.children) child.parent = parent;
    parent.children.splice(parent.children.indexOf(family), 1, ...family.children);
    this.#byNumber.delete(family.number);
    return ok(parent);
  }

  /**
   * Takes a snapshot in.
   *
   * @param now clock ticks since the host's boot
   * @param isExact whether every member that ended is in it with its final figures
   * @returns processes that were put into another family than the one they were born in
   */
  apply(snapshot: Snapshot, now: number, isExact = false): readonly Assignment[] {
    this.#snapshots += 1;
    const place = this.#intakePlace();
    takeMembers(place, snapshot);
    const assigned = takeFresh(place, snapshot.fresh);
    countExits(this.members.all, takeEnded(place, snapshot), isExact);
    for (const member of this.members.all.values()) sampleMember(member, now);
    raisePeaks(this.top);
    this.#lastSnapshotAt = now;
    return assigned;
  }

  #add(facts: Omit<Parameters<typeof newFamily>[0], 'number'>): Family {
    const family = newFamily({ ...facts, number: this.#nextNumber });
    this.#nextNumber += 1;
    this.#byNumber.set(family.number, family);
    facts.parent?.children.unshift(family);
    return family;
  }

  #familyOfUnknown({ family }: ProcessFacts): Family | undefined {
    return this.#byNumber.get(family) ?? (this.#takesAny ? this.top : undefined);
  }

  #intakePlace(): IntakePlace {
    return {
      members: this.members,
      families: this.families,
      byNumber: (number) => this.#byNumber.get(number),
      snapshot: this.#snapshots,
      before: this.#lastSnapshotAt,
    };
  }
}

/** Gives the image size of a family and those below it. */
function raisePeaks(family: Family): number {
  let size = 0;
  for (const { facts } of family.members.values()) size += facts.imageSize;
  for (const child of family.children) size += raisePeaks(child);
  family.peakImage = Math.max(family.peakImage, size);
  return size;
}
