/**
 * The job's tree of files in a named chroot: the image, the sandbox at its own absolute path, private
 * directories, and a /dev and /proc of its own. Nothing else of the host is in sight.
 *
 * All mounts are made at their places inside the image (`ROOT/tmp`, `ROOT/proc`, …) and the job's
 * process then changes its root. The image itself stays as it is: what is mounted on it is seen in
 * the job's mount namespace alone, and what it lacks is made in a tmpfs (image-level.ts).
 */
import { type Result, err, ok } from '../../result';
import type { ChosenImage } from './choose-image';
import { placeSandbox } from './execute-directory';
import { type HiddenPath, findHiddenPaths, pinForHidden, placeHidden } from './hidden-paths';
import type { HostView } from '../host';
import { placeDev } from './image-dev';
import { placeLevel } from './image-level';
import type { ImagePath } from './image-path';
import { type ImageScratch, type ImageTree, imageFault, readImageTree } from './image-places';
import { isAtOrBelow, isBelow, joinPath, lastComponent } from '../paths';
import { type Placement, layOut } from './placements';
import type { Step } from '../plan';
import type { FoundSandbox, PlanError, PlanInput } from '../plan-input';
import type { TreeSteps } from './host-tree';
import { hasPidNamespace, mountOwnProc, mountShyProc, processNotes } from './proc';
import { findReadOnlyTrees, lockedFlags, placeReadOnlyTree, readOnlySeal } from './read-only-trees';
import {
  type ScratchDirectory,
  makeBackingDirectories,
  placeScratchDirectory,
} from './scratch-directories';
import { SLOTS } from '../slots';

/** Plans the tree of a job in a chroot. */
export function planImageTree(
  input: PlanInput,
  image: ChosenImage,
  sandbox: FoundSandbox,
): Result<TreeSteps, PlanError> {
  if (isAtOrBelow(sandbox.execute, image.root)) {
    const reason = `EXECUTE (${sandbox.execute}) is in it, and with it the sandboxes of other jobs`;
    return err(imageFault(image, reason));
  }
  const tree = readImageTree(input, image);
  if (!tree.ok) {
    return tree;
  }
  const knobs = readHostKnobs(input, image, sandbox, tree.value);
  if (!knobs.ok) {
    return knobs;
  }
  const scratch = tree.value.scratch.map((place) => toHost(place, image));
  const proc = joinPath(image.root, tree.value.proc.path);
  return ok({
    steps: [
      ...pinForHidden(knobs.value.hidden),
      ...makeBackingDirectories(scratch, sandbox.path, input.identity.account),
      ...layOut([
        placeImage(input, image),
        ...placeMissing(tree.value, image, input.host),
        ...scratch.map(placeScratchDirectory),
        ...placeOwn(input, image, tree.value),
        ...knobs.value.readOnly.map((at) => placeReadOnly(at, input.host)),
        ...knobs.value.hidden.map(placeHidden),
      ]),
      hasPidNamespace(input) ? mountOwnProc(proc) : mountShyProc(proc),
    ],
    notes: [...tree.value.notes, ...processNotes(input)],
    root: image.root,
  });
}

function toHost({ listed, path }: ImageScratch, { root }: ChosenImage): ScratchDirectory {
  return { listed, at: joinPath(root, path) };
}

/** The image bound on itself, without its device nodes: the job's are those of its own /dev. */
function placeImage({ host, policy }: PlanInput, { root }: ChosenImage): Placement {
  const isReadOnly = policy.readOnly.some((tree) => isAtOrBelow(root, tree));
  const flags = lockedFlags(root, host.mounts).filter((flag) => flag !== 'nodev');
  return {
    at: root,
    startsEmpty: false,
    steps: [
      { op: 'pin', slot: SLOTS.source, path: root },
      { op: 'bind', source: SLOTS.source, target: root },
      // Now, not at the end: what is bound from here takes these flags along.
      ...(isReadOnly
        ? readOnlySeal(root, host.mounts, [], ['nodev'])
        : [{ op: 'remount', target: root, flags: ['nodev', ...flags] } satisfies Step]),
    ],
  };
}

/** Rebuilds the directories of the image that lack a mount point. */
function placeMissing(
  { execute, dev, proc, scratch }: ImageTree,
  { root }: ChosenImage,
  host: HostView,
): readonly Placement[] {
  const empty = [execute, dev, ...scratch];
  const isInEmpty = ({ path }: ImagePath): boolean =>
    empty.some((other) => isBelow(path, other.path));
  const missing = [...empty, proc].filter(
    (place) => place.path !== place.existing && !isInEmpty(place),
  );
  const levels = new Set(missing.map(({ existing }) => existing));
  return [...levels].map((level) =>
    placeLevel(
      joinPath(root, level),
      missing.filter(({ existing }) => existing === level).map(({ path }) => joinPath(root, path)),
      host,
    ),
  );
}

/** What every job has of its own: its sandbox, /dev, and a mount point for /proc. */
function placeOwn(
  { host, sandbox }: PlanInput,
  { root }: ChosenImage,
  { execute, dev, proc }: ImageTree,
): readonly Placement[] {
  return [
    placeSandbox(joinPath(root, execute.path), lastComponent(sandbox.directory)),
    placeDev(joinPath(root, dev.path), host),
    { at: joinPath(root, proc.path), startsEmpty: true, steps: [] },
  ];
}

/** What the knobs about the host's tree mean for the image; paths of the host. */
interface HostKnobs {
  readonly readOnly: readonly string[];
  readonly hidden: readonly HiddenPath[];
}

/**
 * MOUNT_READ_ONLY and HIDE_PATHS speak of the host's paths: in a chroot they count where they lie
 * inside the image and nothing of the job's own takes their place.
 */
function readHostKnobs(
  { policy, host }: PlanInput,
  { root }: ChosenImage,
  sandbox: FoundSandbox,
  { execute, dev, scratch }: ImageTree,
): Result<HostKnobs, PlanError> {
  const readOnly = findReadOnlyTrees(policy.readOnly, host);
  if (!readOnly.ok) {
    return readOnly;
  }
  const hidden = findHiddenPaths(policy.hidden, host, sandbox.execute);
  if (!hidden.ok) {
    return hidden;
  }
  const own = [execute, dev, ...scratch].map(({ path }) => joinPath(root, path));
  const isInSight = (path: string): boolean =>
    isBelow(path, root) && !own.some((place) => isAtOrBelow(path, place));
  return ok({
    readOnly: readOnly.value.filter(isInSight),
    hidden: hidden.value.filter(({ at }) => isInSight(at)),
  });
}

/** A part of the image: its mounts lost their device nodes when the image was bound. */
function placeReadOnly(at: string, host: HostView): Placement {
  return { ...placeReadOnlyTree(at), seal: readOnlySeal(at, host.mounts, [], ['nodev']) };
}
