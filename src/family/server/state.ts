/**
 * What a procd writes down for one that comes after it: the families, and those members that parents do
 * not lead to. Pids mean nothing after a restart of the machine, and little without birthdays: so both
 * are kept.
 */
import { err, ok, type Result } from '../../result';
import type { Ticks } from '../tree/cpu';
import { type Family, subtree, type Tags } from '../tree/family';
import type { FamilyTree } from '../tree/family-tree';

/** Pid and birthday. */
export type StoredProcess = readonly [pid: number, birthday: number];

export interface StoredFamily {
  readonly root: StoredProcess;
  /** Place of the family above in the list; -1: the top. It comes first. */
  readonly parent: number;
  /** The birthday of a watcher whose family is given up at the next snapshot is -1. */
  readonly watcher: StoredProcess | null;
  readonly interval: number;
  readonly tags: Tags;
  readonly exited: Ticks;
  readonly peakImage: number;
  readonly proxy: string | null;
  /** Directory of its own control group. */
  readonly cgroup: string | null;
  /** Members that their parents do not lead to. */
  readonly members: readonly StoredProcess[];
}

export interface StoredState {
  readonly version: 1;
  /** /proc/sys/kernel/random/boot_id. */
  readonly boot: string;
  readonly families: readonly StoredFamily[];
}

/** What the tree does not know of a family. */
export interface StoredFacts {
  readonly watcher: StoredProcess | null;
  readonly cgroup: string | null;
}

/** What has to be written down of a tree. The top is procd's own. */
export function stateOf(
  tree: FamilyTree,
  boot: string,
  factsOf: (family: Family) => StoredFacts,
): StoredState {
  const families = subtree(tree.top).filter((family) => family !== tree.top);
  const hard = new Map<Family, StoredProcess[]>();
  for (const { facts, family } of tree.members.hardToFind) {
    const known = hard.get(family) ?? [];
    known.push([facts.pid, facts.birthday]);
    hard.set(family, known);
  }
  return {
    version: 1,
    boot,
    families: families.flatMap((family) => {
      const { exited, interval, parent, peakImage, proxy, root, tags } = family;
      if (root === undefined) return [];
      return {
        root: [root.pid, root.birthday] as const,
        parent: parent === undefined ? -1 : families.indexOf(parent),
        ...factsOf(family),
        ...{ interval, tags, exited, peakImage },
        proxy: proxy ?? null,
        members: hard.get(family) ?? [],
      };
    }),
  };
}

/** Reads a state; what is not one is an error, whatever it is. */
export function parseState(text: string): Result<StoredState, string> {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return err('it is not JSON');
  }
  if (!isObject(state) || state['version'] !== 1) return err('it is not of version 1');
  const { boot, families } = state;
  if (typeof boot !== 'string' || !Array.isArray(families)) return err('it has no families');
  const isWhole = families.every((family, index) => isFamily(family, index));
  return isWhole ? ok(state as unknown as StoredState) : err('a family in it is not one');
}

function isFamily(value: unknown, index: number): value is StoredFamily {
  if (!isObject(value)) return false;
  const { cgroup, exited, interval, members, parent, peakImage, proxy, root, tags, watcher } =
    value;
  return (
    isProcess(root) &&
    (watcher === null || isProcess(watcher)) &&
    isWhole(parent) &&
    parent < index &&
    isWhole(interval) &&
    isWhole(peakImage) &&
    isTextOrNull(proxy) &&
    isTextOrNull(cgroup) &&
    isTicks(exited) &&
    isTags(tags) &&
    isListOf(members, isProcess)
  );
}

function isTags(value: unknown): value is Tags {
  if (!isObject(value)) return false;
  const { cgroups, environments, gids, uids } = value;
  const isTexts = (list: unknown): boolean => isListOf(list, (each) => typeof each === 'string');
  return (
    isTexts(cgroups) &&
    isListOf(environments, isTexts) &&
    isListOf(gids, isWhole) &&
    isListOf(uids, isWhole)
  );
}

function isTicks(value: unknown): value is Ticks {
  return isObject(value) && isNumber(value['user']) && isNumber(value['system']);
}

function isProcess(value: unknown): value is StoredProcess {
  return isListOf(value, isWhole) && value.length === 2 && (value[0] as number) > 0;
}

function isListOf(
  value: unknown,
  isRight: (each: unknown) => boolean,
): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isRight);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= -1;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
