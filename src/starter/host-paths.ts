/**
 * What is at a path of the host: for the planner's questions about EXECUTE, Iwd, mount points and
 * images.
 *
 * These calls walk paths by name, so they are only for places that no job can write; in a sandbox
 * the answer could be exchanged before it is used (there, descriptors and the native part do it).
 * "Cannot be looked at" counts as "nothing there": the planner could do no more with it.
 */
import type { Dirent, Stats } from 'node:fs';
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DirectoryEntry, EntryFact, PathFact } from '../job/host';

/** What is at a path, links followed; undefined: nothing there. */
export function statPath(target: string): PathFact | undefined {
  return unlessMissing(() => {
    const facts = statSync(target);
    const kind = facts.isDirectory() ? 'directory' : facts.isFile() ? 'file' : 'other';
    return { kind, realPath: realpathSync(target) };
  });
}

/** What is at a path, its last component not followed; undefined: nothing there. */
export function statEntry(target: string): EntryFact | undefined {
  return unlessMissing(() => {
    const facts = lstatSync(target);
    return { kind: kindOf(facts), uid: facts.uid, mode: facts.mode & 0o7777 };
  });
}

/** The entries of a directory, sorted by name; undefined: not a directory, or a link to one. */
export function listDirectory(target: string): readonly DirectoryEntry[] | undefined {
  return unlessMissing(() => {
    // readdir(3) would follow a link.
    if (!lstatSync(target).isDirectory()) {
      return undefined;
    }
    const entries = readdirSync(target, { withFileTypes: true });
    return entries
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((entry) => describeEntry(target, entry));
  });
}

function describeEntry(directory: string, entry: Dirent): DirectoryEntry {
  const kind = kindOf(entry);
  return kind === 'link'
    ? { name: entry.name, kind, linkTarget: readlinkSync(path.join(directory, entry.name)) }
    : { name: entry.name, kind };
}

function kindOf(entry: Dirent | Stats): EntryFact['kind'] {
  if (entry.isDirectory()) {
    return 'directory';
  }
  if (entry.isFile()) {
    return 'file';
  }
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
