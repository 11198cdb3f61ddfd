/**
 * What gets mounted where in the job's tree, as a list of placements, and the order to do it in.
 *
 * A mount covers what is below it, so parents come before children; and a directory that starts
 * out empty (a private /tmp, an empty EXECUTE) has none of the mount points that placements below
 * it need, so they are made there.
 */
import type { MountFlag, Step } from '../plan';
import { depth, isBelow } from '../paths';

/** Something mounted at one place of the job's tree. */
export interface Placement {
  /** The mount point: a canonical path from the host's root, also for what is inside an image. */
  readonly at: string;
  /** True where nothing that was below `at` is there afterwards. */
  readonly startsEmpty: boolean;
  readonly steps: readonly Step[];
  /** Steps for when the whole tree stands: read-only any earlier, no mount point could be made. */
  readonly seal?: readonly Step[];
}

/** Flags of a mount that holds nothing but mount points. */
export const BARE: readonly MountFlag[] = ['nosuid', 'nodev', 'noexec'];

/** tmpfs(5) options of a directory that holds nothing but mount points. */
export const BARE_OPTIONS = 'mode=0755,size=64k';

const MOUNT_POINT_MODE = 0o755;

/** All steps of the placements, parents first, of one place in the order given; then the seals. */
export function layOut(placements: readonly Placement[]): readonly Step[] {
  const ordered = [...placements].sort((a, b) => depth(a.at) - depth(b.at));
  return [
    ...ordered.flatMap((placement, index) => [
      ...mountPoint(placement, ordered.slice(0, index)),
      ...placement.steps,
    ]),
    ...ordered.flatMap((placement) => placement.seal ?? []),
  ];
}

/** The step that makes the mount point, where what was placed before has none. */
function mountPoint(placement: Placement, before: readonly Placement[]): readonly Step[] {
  const container = before.filter(({ at }) => isBelow(placement.at, at)).at(-1);
  return container?.startsEmpty ? [makeMountPoint(placement.at)] : [];
}

/** Makes a directory to mount on, with its parents, in a place of which nothing else is to be seen. */
export function makeMountPoint(path: string): Step {
  return { op: 'mkdir', path, mode: MOUNT_POINT_MODE, parents: true };
}
