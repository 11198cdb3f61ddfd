/**
 * A directory of an image that lacks a mount point. Images are not written to, so the directory is
 * replaced, for this job, by a tmpfs that has the image's entries bound in and the missing ones made.
 */
import type { DirectoryEntry, HostView } from '../host';
import type { Step } from '../plan';
import { joinPath } from '../paths';
import { BARE, BARE_OPTIONS, type Placement, makeMountPoint } from './placements';
import { SLOTS } from '../slots';

/**
 * @param at the directory, canonical, as the host sees it
 * @param missing the mount points to make in it, likewise
 */
export function placeLevel(
  at: string,
  missing: readonly string[],
  host: Pick<HostView, 'list'>,
): Placement {
  // By name: a plan shall not depend on the order in which a file system lists.
  const entries = [...(host.list(at) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    at,
    startsEmpty: false,
    steps: [
      { op: 'pin', slot: SLOTS.level, path: at },
      { op: 'tmpfs', target: at, flags: BARE, options: BARE_OPTIONS },
      ...entries.flatMap((entry) => bringBack(entry, joinPath(at, entry.name))),
      ...missing.map(makeMountPoint),
    ],
    seal: [{ op: 'remount', target: at, flags: ['ro', ...BARE] }],
  };
}

/** Makes an entry as the image has it; the directory's own descriptor still finds the original. */
function bringBack({ name, kind, linkTarget }: DirectoryEntry, path: string): readonly Step[] {
  if (kind === 'link') {
    return linkTarget === undefined ? [] : [{ op: 'symlink', target: linkTarget, path }];
  }
  const mountPoint: Step =
    kind === 'directory'
      ? { op: 'mkdir', path, mode: 0o755, parents: false }
      : { op: 'touch', path, mode: 0o644 };
  return [
    mountPoint,
    { op: 'pin', slot: SLOTS.source, path: name, base: SLOTS.level },
    { op: 'bind', source: SLOTS.source, target: path },
  ];
}
