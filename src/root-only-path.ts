/** Paths that only root can put something else in the place of. */
import { lstatSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * What of a path somebody other than root could replace: a directory on the way to it that is not
 * root's, or that a group or everybody may write to. A directory with the sticky bit passes where what
 * is in it is root's, since only root can rename that.
 *
 * Stricter than whyUntrusted(): what root's daemon obeys is nobody's but root's.
 *
 * @param place absolute; links on the way are followed, and must be root's
 * @returns a sentence; undefined: nothing
 */
export function whyNotRootOnly(place: string): string | undefined {
  if (!path.isAbsolute(place)) return `${place} is not an absolute path`;
  try {
    return whyReplaceable(place) ?? whyRealPathReplaceable(place);
  } catch (error) {
    return (error as Error).message;
  }
}

function whyRealPathReplaceable(place: string): string | undefined {
  const real = realpathSync(place);
  return real === path.resolve(place) ? undefined : whyReplaceable(real);
}

function whyReplaceable(place: string): string | undefined {
  let name: string = path.sep;
  for (const word of ['', ...path.resolve(place).split(path.sep).filter(Boolean)]) {
    name = path.join(name, word);
    const trouble = whyUnsafe(name, lstatSync(name));
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** Of one part of a path, the last one too. */
function whyUnsafe(name: string, stats: Stats): string | undefined {
  if (stats.uid !== 0) return `${name} belongs to uid ${stats.uid}, expected root (chown root)`;
  const isOpen = stats.isDirectory() && (stats.mode & WRITABLE_BY_OTHERS) !== 0;
  // What follows in a directory with the sticky bit is root's, or is refused in its turn.
  if (!isOpen || (stats.mode & STICKY) !== 0) return undefined;
  return `others than root may write to ${name} (chmod go-w)`;
}
