/**
 * Where a path leads inside an image, for a process whose root the image is: links are followed, and
 * an absolute one starts at the image's root, not the host's.
 */
import { type Result, err, ok } from '../../result';
import type { HostView } from '../host';
import { components, joinPath, lastComponent, parentOf } from '../paths';

/** A path resolved inside an image. */
export interface ImagePath {
  /** Canonical, seen from inside. */
  readonly path: string;
  /** The deepest directory on the way that the image has, seen from inside. */
  readonly existing: string;
}

/** As the kernel: path_resolution(7). */
const MOST_LINKS = 40;

/**
 * Resolves a directory's path.
 *
 * @param root the image's root on the host
 * @param path seen from inside, absolute
 * @returns the error is a sentence: something on the way is not a directory, or links go in circles
 */
export function resolveInImage(
  host: Pick<HostView, 'entry' | 'list'>,
  root: string,
  path: string,
): Result<ImagePath, string> {
  const pending = components(path);
  let reached = '/';
  let links = 0;
  while (pending.length > 0) {
    const name = pending.shift() ?? '';
    const next = name === '..' ? parentOf(reached) : joinPath(reached, name === '.' ? '' : name);
    const kind = host.entry(joinPath(root, next))?.kind;
    if (kind === undefined) {
      return ok({ path: appendLexically(next, pending), existing: reached });
    }
    if (kind === 'link') {
      const target = readLink(host, joinPath(root, next));
      links += 1;
      if (links > MOST_LINKS) {
        return err(`${path} leads through too many links in ${root}`);
      }
      pending.unshift(...components(target));
      reached = target.startsWith('/') ? '/' : reached;
    } else if (kind !== 'directory') {
      return err(`${next} is not a directory in ${root}, and ${path} has to be mounted there`);
    } else {
      reached = next;
    }
  }
  return ok({ path: reached, existing: reached });
}

function readLink(host: Pick<HostView, 'list'>, path: string): string {
  const entries = host.list(parentOf(path)) ?? [];
  return entries.find(({ name }) => name === lastComponent(path))?.linkTarget ?? '/';
}

/** Where nothing exists there are no links: `..` means the parent by name. */
function appendLexically(start: string, names: readonly string[]): string {
  return names.reduce((path, name) => {
    if (name === '..') {
      return parentOf(path);
    }
    return name === '.' ? path : joinPath(path, name);
  }, start);
}
