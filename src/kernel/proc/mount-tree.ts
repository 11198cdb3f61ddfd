/**
 * The mounts of a namespace as a tree: which of them a path walk can reach.
 */
import type { MountEntry } from './mountinfo';

/**
 * Leaves out what no path leads to: a mount with another one on top of it, and whatever lies below
 * a directory that was mounted over later. The order stays.
 *
 * @param entries all mounts of one namespace, in any order
 */
export function visibleMounts(entries: readonly MountEntry[]): readonly MountEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const occupied = new Set(entries.filter(hasParent).map((entry) => place(entry.parent, entry)));
  const reached = new Map<number, boolean>();

  const isReached = (entry: MountEntry): boolean => {
    const known = reached.get(entry.id);
    if (known !== undefined) {
      return known;
    }
    // Set before the recursion, so that ids in a circle cannot make it endless.
    reached.set(entry.id, true);
    const covered = ancestors(entry.mountPoint).some((path) =>
      occupied.has(`${entry.parent} ${path}`),
    );
    const parent = byId.get(entry.parent);
    const answer = !covered && (parent === undefined || parent === entry || isReached(parent));
    reached.set(entry.id, answer);
    return answer;
  };
  return entries.filter((entry) => isReached(entry) && !occupied.has(place(entry.id, entry)));
}

/** A mount point together with the mount that it belongs to. */
function place(parent: number, entry: MountEntry): string {
  return `${parent} ${entry.mountPoint}`;
}

function hasParent(entry: MountEntry): boolean {
  return entry.parent !== entry.id;
}

/** `/a/b/c` has `/a/b`, `/a` and `/`. */
function ancestors(path: string): string[] {
  const all: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    all.push(path.slice(0, end));
  }
  return path === '/' ? all : [...all, '/'];
}

/** True where `path` is `directory` or lies below it; both absolute and canonical. */
export function isAtOrBelow(path: string, directory: string): boolean {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path === directory || path.startsWith(prefix);
}
