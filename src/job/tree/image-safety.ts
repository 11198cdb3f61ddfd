/**
 * Whether a directory is safe to be a job's root.
 *
 * Set-uid programs trust what they find at their root: /etc/passwd, the loader, the libraries. Whoever
 * can change those, or swap a directory on the way to them for another, becomes what the program
 * is. So nobody but the trusted owners may be able to, and no link may lead there.
 */
import type { EntryFact, HostView } from '../host';
import { components, joinPath } from '../paths';

/** Directories at the top of an image that programs, libraries and accounts come from. */
const TRUSTED_DIRECTORIES: ReadonlySet<string> = new Set([
  'bin',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'sbin',
  'usr',
]);

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Checks an image and each directory on its path.
 *
 * @param directory the image's root: absolute, without `..`
 * @param owners the uids that may own it: 0, and rootless the invoking user's
 * @returns what is wrong and how to mend it, a sentence each; nothing where it is safe
 */
export function imageProblems(
  directory: string,
  host: Pick<HostView, 'entry' | 'list'>,
  owners: ReadonlySet<number>,
): readonly string[] {
  const names = components(directory);
  const ancestors = names.map((_, count) => joinPath('/', names.slice(0, count).join('/')));
  const onTheWay = ancestors.flatMap((path) => problemsAt(path, host.entry(path), owners, true));
  const root = problemsAt(directory, host.entry(directory), owners, false);
  if (root.length > 0 || onTheWay.length > 0) {
    return [...onTheWay, ...root];
  }
  return (host.list(directory) ?? [])
    .filter(({ name, kind }) => kind === 'directory' && TRUSTED_DIRECTORIES.has(name))
    .map(({ name }) => joinPath(directory, name))
    .flatMap((path) => problemsAt(path, host.entry(path), owners, false));
}

/** @param allowSticky what others put into a sticky directory cannot replace what is there */
function problemsAt(
  path: string,
  entry: EntryFact | undefined,
  owners: ReadonlySet<number>,
  allowSticky: boolean,
): readonly string[] {
  switch (entry?.kind) {
    case undefined:
      return [`${path} does not exist`];
    case 'link':
      return [`${path} is a symbolic link: give the path that it leads to`];
    case 'file':
    case 'other':
      return [`${path} is not a directory`];
    case 'directory':
      return directoryProblems(path, entry, owners, allowSticky);
  }
}

function directoryProblems(
  path: string,
  { uid, mode }: EntryFact,
  owners: ReadonlySet<number>,
  allowSticky: boolean,
): readonly string[] {
  const problems: string[] = [];
  if (!owners.has(uid)) {
    problems.push(`${path} is owned by uid ${uid}: chown it to root`);
  }
  const isProtected = allowSticky && (mode & STICKY) !== 0;
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && !isProtected) {
    const octal = mode.toString(8).padStart(4, '0');
    problems.push(`${path} can be written by others (mode ${octal}): chmod go-w it`);
  }
  return problems;
}
