/**
 * Absolute paths as text: no file is looked at. Canonical means: absolute, no `.` or `..`, no
 * doubled or trailing slash, and (where the edge says so) no link in it.
 */

/** True where `path` is `directory` or lies below it; both canonical. */
export function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || isBelow(path, directory);
}

/** True where `path` lies below `directory` and is not `directory` itself; both canonical. */
export function isBelow(path: string, directory: string): boolean {
  return path !== directory && path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** How many components a canonical path has: 0 for the root, 2 for `/var/tmp`. */
export function depth(path: string): number {
  return components(path).length;
}

/** The components of a path, without empty ones: `/var//tmp` has `var` and `tmp`. */
export function components(path: string): string[] {
  return path.split('/').filter((component) => component !== '');
}

/** Joins a canonical directory and a path, absolute or relative, that lies in it. */
export function joinPath(directory: string, path: string): string {
  return `/${[...components(directory), ...components(path)].join('/')}`;
}

/** The directory that a canonical path lies in; the root lies in itself. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last component of a canonical path. */
export function lastComponent(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What follows the last slash of any path; undefined where that names no file: `a/`, `..`. */
export function baseName(path: string): string | undefined {
  const name = lastComponent(path);
  return ['', '.', '..'].includes(name) ? undefined : name;
}

/**
 * The path without doubled and trailing slashes and `.`, or undefined where it is not absolute, has a
 * NUL, or a `..`: what `..` leads to depends on links, which text cannot know.
 */
export function normalizeAbsolute(path: string): string | undefined {
  const parts = components(path).filter((component) => component !== '.');
  if (!path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    return undefined;
  }
  return `/${parts.join('/')}`;
}
