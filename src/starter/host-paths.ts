/**
 * What is at a path of the host: for the planner's questions about EXECUTE, Iwd, mount points and
 * images.
 *
 * These calls walk paths by name, so they are only for places that no job can write; in a sandbox
 * the answer could be exchanged before it is used (there, descriptors and the native part do it).
 * "Cannot be looked at" counts as "nothing there": the planner could do no more with it.
 */
import type { Stats } from 'node:fs';
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fromBytes, toBytes } from '../byte-text';
import type { DeviceNumber } from '../job/cgroup-plan';
import type { DirectoryEntry, EntryFact, PathFact } from '../job/host';
import { deviceNumber } from '../kernel/device-number';

/** What is at a path, links followed; undefined: nothing there. */
export function statPath(target: string): PathFact | undefined {
  return unlessMissing(() => {
    const place = bytesOf(target);
    const facts = statSync(place);
    const kind = facts.isDirectory() ? 'directory' : facts.isFile() ? 'file' : 'other';
    return { kind, realPath: fromBytes(realpathSync.native(place, 'buffer')) };
  });
}

/** The character device at a path, links followed; undefined: none. */
export function statDevice(target: string): DeviceNumber | undefined {
  return unlessMissing(() => {
    const facts = statSync(bytesOf(target));
    return facts.isCharacterDevice() ? deviceNumber(facts.rdev) : undefined;
  });
}

/** What is at a path, its last component not followed; undefined: nothing there. */
export function statEntry(target: string): EntryFact | undefined {
  return unlessMissing(() => {
    const facts = lstatSync(bytesOf(target));
    return { kind: kindOf(facts), uid: facts.uid, mode: facts.mode & 0o7777 };
  });
}

/** The entries of a directory, sorted by name; undefined: not a directory, or a link to one. */
export function listDirectory(target: string): readonly DirectoryEntry[] | undefined {
  return unlessMissing(() => {
    // readdir(3) would follow a link.
    if (!lstatSync(bytesOf(target)).isDirectory()) {
      return undefined;
    }
    return readdirSync(bytesOf(target), 'buffer')
      .map((name) => describeEntry(target, fromBytes(name)))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  });
}

function describeEntry(directory: string, name: string): DirectoryEntry {
  const place = bytesOf(path.join(directory, name));
  const kind = kindOf(lstatSync(place));
  return kind === 'link'
    ? { name, kind, linkTarget: fromBytes(readlinkSync(place, 'buffer')) }
    : { name, kind };
}

/** Names that are no UTF-8 are found too. */
function bytesOf(place: string): Buffer {
  return Buffer.from(toBytes(place));
}

function kindOf(entry: Stats): EntryFact['kind'] {
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
