/**
 * MOUNT_READ_ONLY: trees of the host that the job may read and not change, shared file systems
 * above all.
 *
 * A flag belongs to a mount, so a tree is bound on itself to have mounts of its own, and each mount
 * in it is made read-only. The copies are private, not slaves: what the host mounts below them
 * later would come in writable.
 */
import type { HostView, MountFact } from '../host';
import type { MountFlag, Step } from '../plan';
import { type PlanError, knobFault } from '../plan-input';
import { depth, isAtOrBelow, isBelow } from '../paths';
import type { Placement } from './placements';
import { SLOTS } from '../slots';
import { type Result, err, ok } from '../../result';

const KNOB = 'MOUNT_READ_ONLY';

/**
 * File systems that are left as they are below a read-only tree: through most of them the kernel
 * talks to processes, which changes no shared data; autofs holds mount points only, and walking to
 * one would make it mount.
 */
const LEFT_ALONE: ReadonlySet<string> = new Set([
  'autofs',
  'proc',
  'sysfs',
  'devtmpfs',
  'devpts',
  'mqueue',
  'cgroup',
  'cgroup2',
]);

/** The canonical roots of the listed trees, none inside another. A missing one is an error. */
export function findReadOnlyTrees(
  listed: readonly string[],
  host: Pick<HostView, 'stat'>,
): Result<readonly string[], PlanError> {
  const roots: string[] = [];
  for (const name of listed) {
    const fact = host.stat(name);
    if (fact === undefined) {
      return err(knobFault(KNOB, `there is no ${name} here; create it or take it off the list`));
    }
    roots.push(fact.realPath);
  }
  const outermost = roots.filter((root) => !roots.some((other) => isBelow(root, other)));
  return ok([...new Set(outermost)]);
}

/** A tree bound on itself, to be sealed by {@link readOnlySeal} once the job's tree stands. */
export function placeReadOnlyTree(at: string): Placement {
  const isolate: Step = { op: 'propagation', path: at, kind: 'private' };
  // The root cannot be bound on itself, and need not be: it is a mount already, and our own copy.
  const bindOnItself: readonly Step[] =
    at === '/'
      ? []
      : [
          { op: 'pin', slot: SLOTS.source, path: at },
          { op: 'bind', source: SLOTS.source, target: at },
        ];
  return { at, startsEmpty: false, steps: [...bindOnItself, isolate] };
}

/**
 * Makes a place and the host's mounts below it read-only.
 *
 * @param covered places where something else is mounted by now: what is there is not the host's
 * @param further flags that the mounts have beside the host's
 */
export function readOnlySeal(
  at: string,
  mounts: readonly MountFact[],
  covered: readonly string[],
  further: readonly MountFlag[] = [],
): readonly Step[] {
  const below = mounts.filter(
    ({ mountPoint, type }) =>
      isBelow(mountPoint, at) &&
      !LEFT_ALONE.has(type) &&
      !covered.some((place) => isAtOrBelow(mountPoint, place)),
  );
  return [at, ...below.map(({ mountPoint }) => mountPoint)].map((target) => ({
    op: 'remount',
    target,
    flags: [...new Set<MountFlag>(['ro', ...lockedFlags(target, mounts), ...further])],
  }));
}

/** The automounter's mounts in a tree, of which a private copy never sees what is mounted later. */
export function automounts(at: string, mounts: readonly MountFact[]): readonly string[] {
  return mounts
    .filter(({ mountPoint, type }) => type === 'autofs' && isAtOrBelow(mountPoint, at))
    .map(({ mountPoint }) => mountPoint);
}

/**
 * The flags of the mount that a path is on which a remount must name again: it would clear them
 * otherwise, and in a user namespace the kernel refuses that (mount_namespaces(7), locked flags).
 * The atime flags are kept where a remount names none.
 */
export function lockedFlags(path: string, mounts: readonly MountFact[]): readonly MountFlag[] {
  const holder = mounts
    .filter(({ mountPoint }) => isAtOrBelow(path, mountPoint))
    .reduce<MountFact | undefined>(
      (deepest, mount) =>
        deepest === undefined || depth(mount.mountPoint) >= depth(deepest.mountPoint)
          ? mount
          : deepest,
      undefined,
    );
  const kept: readonly MountFlag[] = ['nosuid', 'nodev', 'noexec', 'nosymfollow'];
  return kept.filter((flag) => holder?.flags.includes(flag));
}
