/** Processes and snapshots for tests of the tree, with what a test does not care for filled in. */
import type { NewProcess, ProcessFacts, Snapshot } from '../../../src/kernel/process-table-types';
import { FamilyTree } from '../../../src/family/tree/family-tree';
import type { Family } from '../../../src/family/tree/family';

/** A process; its birthday is its pid unless said otherwise. */
export function facts(pid: number, rest: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    pid,
    ppid: 1,
    birthday: pid,
    zombie: false,
    userTicks: 0,
    systemTicks: 0,
    childUserTicks: 0,
    childSystemTicks: 0,
    imageSize: 0,
    resident: 0,
    family: 0,
    ...rest,
  };
}

/** A process that was never told of before. */
export function stranger(pid: number, rest: Partial<NewProcess> = {}): NewProcess {
  return { ...facts(pid), uid: 0, ...rest };
}

/** A snapshot of these members; what is fresh and in a family is a member as well. */
export function snapshotOf(
  members: readonly ProcessFacts[],
  rest: Partial<Snapshot> = {},
): Snapshot {
  const fresh = rest.fresh ?? [];
  const born = fresh.filter(({ family }) => family !== 0);
  return {
    ended: [],
    complete: true,
    overflow: false,
    ...rest,
    fresh,
    members: [...members, ...born],
  };
}

/** A tree whose top is process 100, which has been seen. */
export function treeOf100(takesAny = false): FamilyTree {
  const root = { pid: 100, birthday: 100 };
  const tree = new FamilyTree({ root, watcher: undefined, interval: 60, takesAny });
  tree.apply(snapshotOf([facts(100, { family: tree.top.number })]), 1000);
  return tree;
}

/** Registers a process that the tree knows, or that nobody knows. */
export function register(tree: FamilyTree, pid: number, watcher?: number): Family {
  const known = tree.members.all.get(pid)?.facts ?? facts(pid);
  const made = tree.register({ root: known, watcher, interval: -1 }, known);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
