/**
 * The job's tree of files without a chroot: the host's, with private directories, an EXECUTE that
 * holds the job's sandbox alone, read-only trees, and hidden paths.
 */
import { type Result, ok } from '../../result';
import { placeSandbox } from './execute-directory';
import { type HiddenPath, findHiddenPaths, pinForHidden, placeHidden } from './hidden-paths';
import type { Step } from '../plan';
import type { FoundSandbox, PlanError, PlanInput } from '../plan-input';
import { hasPidNamespace, mountOwnProc, processNotes } from './proc';
import { isAtOrBelow, isBelow, lastComponent, normalizeAbsolute } from '../paths';
import { type Placement, layOut } from './placements';
import { placeShm } from './private-shm';
import { automounts, findReadOnlyTrees, placeReadOnlyTree, readOnlySeal } from './read-only-trees';
import {
  type ScratchDirectory,
  findScratchDirectories,
  makeBackingDirectories,
  placeScratchDirectory,
} from './scratch-directories';
import { SLOTS } from '../slots';

/**
 * The steps that make the job's tree, after the sandbox was pinned as `SLOTS.sandbox` and mounts were kept
 * from going out to the host.
 */
export interface TreeSteps {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  /** The root directory that the job's process changes to; undefined: the host's. */
  readonly root: string | undefined;
}

/** What the host has of the listed directories, and what of it stays in sight. */
interface HostTree {
  readonly execute: string;
  readonly scratch: readonly ScratchDirectory[];
  readonly hidden: readonly HiddenPath[];
  readonly readOnly: readonly string[];
  /** /dev/shm, where the job gets its own. */
  readonly shm: string | undefined;
  /** The initial working directory, where a private directory would cover it. */
  readonly iwd: string | undefined;
  /** Whether a listed tree has that one. */
  readonly iwdIsReadOnly: boolean;
  readonly notes: readonly string[];
}

/** Plans the host's tree as the job shall see it. */
export function planHostTree(
  input: PlanInput,
  sandbox: FoundSandbox,
): Result<TreeSteps, PlanError> {
  const found = readHostTree(input, sandbox.execute);
  if (!found.ok) {
    return found;
  }
  const tree = found.value;
  const ownProc = hasPidNamespace(input);
  const late = tree.hidden.filter(({ at }) => ownProc && isBelow(at, '/proc'));
  const early = { ...tree, hidden: tree.hidden.filter((path) => !late.includes(path)) };
  return ok({
    steps: [
      ...pinSources(tree),
      ...makeBackingDirectories(tree.scratch, sandbox.path, input.identity.account),
      ...layOut(placements(input, early, ownProc)),
      ...(ownProc ? [mountOwnProc('/proc')] : []),
      ...late.flatMap((path) => placeHidden(path).steps),
    ],
    notes: tree.notes,
    root: undefined,
  });
}

function readHostTree(input: PlanInput, execute: string): Result<HostTree, PlanError> {
  const { policy, host } = input;
  const scratch = findScratchDirectories(policy.mountUnderScratch, host, execute);
  if (!scratch.ok) {
    return scratch;
  }
  const hidden = findHiddenPaths(policy.hidden, host, execute);
  if (!hidden.ok) {
    return hidden;
  }
  const readOnly = findReadOnlyTrees(policy.readOnly, host);
  if (!readOnly.ok) {
    return readOnly;
  }
  return ok(settle(input, execute, scratch.value, hidden.value, readOnly.value));
}

/** Decides between knobs that speak of the same place: what hides wins, then what is private. */
function settle(
  input: PlanInput,
  execute: string,
  scratch: { readonly directories: readonly ScratchDirectory[]; readonly notes: readonly string[] },
  hidden: readonly HiddenPath[],
  readOnly: readonly string[],
): HostTree {
  const walls = hidden.filter(({ isDirectory }) => isDirectory).map(({ at }) => at);
  const isWalled = (path: string): boolean => walls.some((wall) => isAtOrBelow(path, wall));
  const rooms = scratch.directories.filter(({ at }) => !isWalled(at));
  const covered = coveredIwd(input, execute, rooms);
  const iwd = covered === undefined || isWalled(covered) ? undefined : covered;
  const iwdIsReadOnly = iwd !== undefined && readOnly.some((tree) => isAtOrBelow(iwd, tree));
  const isEmptied = emptiedPlaces([execute, ...rooms.map(({ at }) => at)], iwd);
  const isGone = (path: string): boolean => isWalled(path) || isEmptied(path, isAtOrBelow);
  const shm = input.policy.privateDevShm ? input.host.stat('/dev/shm')?.realPath : undefined;
  const trees = readOnly.filter((tree) => !isGone(tree));
  return {
    execute,
    scratch: rooms,
    hidden: hidden.filter(
      ({ at }) => !walls.some((wall) => isBelow(at, wall)) && !isEmptied(at, isBelow),
    ),
    readOnly: trees,
    shm: shm === undefined || isWalled(shm) ? undefined : shm,
    iwd,
    iwdIsReadOnly,
    notes: [
      ...scratch.notes,
      ...scratch.directories
        .filter(({ at }) => isWalled(at))
        .map(({ listed }) => `MOUNT_UNDER_SCRATCH: ${listed} is hidden by HIDE_PATHS: skipped`),
      ...readOnly
        .filter((tree) => isGone(tree) && !(iwdIsReadOnly && isAtOrBelow(iwd, tree)))
        .map((tree) => `MOUNT_READ_ONLY: the job does not see the host's ${tree}: skipped`),
      ...trees.flatMap((tree) => automountNotes(input, tree)),
      ...processNotes(input),
      ...commandNotes(input, rooms, iwd, execute),
    ],
  };
}

/**
 * Which of the host's paths are in a place that starts out empty. What is in an Iwd that is bound
 * back is in sight all the same.
 */
function emptiedPlaces(
  empty: readonly string[],
  iwd: string | undefined,
): (path: string, isIn: typeof isBelow) => boolean {
  return (path, isIn) => {
    const isBoundBack = iwd !== undefined && isBelow(path, iwd);
    return empty.some((place) => isIn(path, place) && !(isBoundBack && isBelow(iwd, place)));
  };
}

/** The Iwd where a private directory covers it; listed itself, it means the private one. */
function coveredIwd(
  { spec, host }: PlanInput,
  execute: string,
  rooms: readonly ScratchDirectory[],
): string | undefined {
  const iwd = host.stat(spec.iwd)?.realPath ?? normalizeAbsolute(spec.iwd) ?? spec.iwd;
  const isListed = rooms.some(({ at }) => at === iwd);
  const isCovered = rooms.some(({ at }) => isBelow(iwd, at));
  return isCovered && !isListed && !isAtOrBelow(iwd, execute) ? iwd : undefined;
}

function automountNotes({ host }: PlanInput, tree: string): readonly string[] {
  return automounts(tree, host.mounts).map(
    (place) =>
      `MOUNT_READ_ONLY: what the automounter mounts below ${place} while the job runs stays out of its sight`,
  );
}

/** A program that a private directory covers cannot be executed: worth a word before the exec fails. */
function commandNotes(
  { spec }: PlanInput,
  rooms: readonly ScratchDirectory[],
  iwd: string | undefined,
  execute: string,
): readonly string[] {
  const kept = [execute, ...(iwd === undefined ? [] : [iwd])];
  const room = rooms.find(({ at }) => isBelow(spec.command, at));
  return room === undefined || kept.some((place) => isBelow(spec.command, place))
    ? []
    : [`${spec.command} is in ${room.at}, of which the job has its own (MOUNT_UNDER_SCRATCH)`];
}

/** Descriptors of what the mounts will cover. */
function pinSources({ iwd, hidden }: HostTree): readonly Step[] {
  // As the job: bound back by a process with more rights, it must be able to go there by itself.
  const pinIwd: readonly Step[] =
    iwd === undefined ? [] : [{ op: 'pin', slot: SLOTS.iwd, path: iwd, asJob: true }];
  return [...pinIwd, ...pinForHidden(hidden)];
}

function placements(input: PlanInput, tree: HostTree, ownProc: boolean): readonly Placement[] {
  const { scratch, hidden, shm, execute, iwd } = tree;
  const covered = [
    execute,
    ...scratch.map(({ at }) => at),
    ...hidden.map(({ at }) => at),
    ...(shm === undefined ? [] : [shm]),
    ...(ownProc ? ['/proc'] : []),
  ];
  const inside = (at: string): readonly string[] => covered.filter((place) => isBelow(place, at));
  const { mounts } = input.host;
  const iwdSeal =
    iwd === undefined || !tree.iwdIsReadOnly ? [] : readOnlySeal(iwd, mounts, inside(iwd));
  return [
    ...tree.readOnly.map((at) => ({
      ...placeReadOnlyTree(at),
      seal: readOnlySeal(at, mounts, inside(at)),
    })),
    ...scratch.map(placeScratchDirectory),
    ...(shm === undefined ? [] : [placeShm(shm)]),
    placeSandbox(execute, lastComponent(input.sandbox.directory)),
    ...(iwd === undefined ? [] : [{ ...placeIwd(iwd), seal: iwdSeal }]),
    ...hidden.map(placeHidden),
  ];
}

/** The Iwd bound back into a private directory. */
function placeIwd(at: string): Placement {
  return { at, startsEmpty: false, steps: [{ op: 'bind', source: SLOTS.iwd, target: at }] };
}
