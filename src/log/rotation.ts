/**
 * Moving a full log file out of the way: to `.old`, or where more than one are kept, to a name with
 * the time of its last line, `.20261121T030819`.
 *
 * Several starters may write to one file and find it full at the same moment, and Node has no
 * flock(2). So a file is taken away by rename(2) first and looked at afterwards: whoever then holds
 * the full one rotates it, and whoever holds a new one that another starter has just begun puts it
 * back. Writers notice by the inode that their file has moved and open the new one; what they
 * write until then is in the rotated file and not lost.
 *
 * Source of the names: the manual's entry MAX_NUM_<SUBSYS>_LOG.
 */
import {
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import { strftime } from './strftime';

/** A log file to be rotated. */
export interface RotationPlace {
  readonly path: string;
  /** How many rotated files stay; 0 counts as 1. */
  readonly keep: number;
  /** The full file, as the caller has it open. */
  readonly file: Pick<Stats, 'dev' | 'ino' | 'mtime'>;
}

/**
 * Rotates a log file. Afterwards there may be none at its path.
 *
 * @returns where the full file is now; undefined: another starter has rotated it. Throws what the
 * file system says where a name cannot be changed.
 */
export function rotate({ path: file, keep, file: full }: RotationPlace): string | undefined {
  const taken = `${file}.rotating.${process.pid}`;
  rescueLeftover(taken, file);
  renameSync(file, taken);
  const { dev, ino } = lstatSync(taken);
  if (dev !== full.dev || ino !== full.ino) {
    putBack(taken, file, keep);
    return undefined;
  }
  try {
    const rotated =
      keep <= 1 ? giveName(taken, `${file}.old`) : giveFreeName(taken, file, full.mtime);
    if (keep > 1) removeOldest(file, keep);
    return rotated;
  } catch (error) {
    if (existsSync(taken)) putBack(taken, file, keep);
    throw error;
  }
}

/** A starter that had our pid was killed in the middle of a rotation: its lines stay. */
function rescueLeftover(taken: string, file: string): void {
  const leftover = lstatSync(taken, { throwIfNoEntry: false });
  if (leftover !== undefined) giveFreeName(taken, file, leftover.mtime);
}

function giveName(taken: string, name: string): string {
  renameSync(taken, name);
  return name;
}

/** Where a third file is at the path by now, the second keeps the name of a rotated one. */
function putBack(taken: string, file: string, keep: number): void {
  try {
    linkSync(taken, file);
    unlinkSync(taken);
  } catch {
    giveFreeName(taken, file, new Date());
    removeOldest(file, Math.max(keep, 1) + 1);
  }
}

/** Renames a file to the first name after a time that no other has. */
function giveFreeName(taken: string, file: string, time: Date): string {
  for (let second = 0; ; second++) {
    const candidate = `${file}.${stamp(new Date(time.getTime() + second * 1000))}`;
    try {
      // Unlike rename(2), link(2) replaces nothing.
      linkSync(taken, candidate);
      unlinkSync(taken);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function stamp(time: Date): string {
  return strftime('%Y%m%dT%H%M%S', time);
}

/** Removes rotated files, the oldest first, until `keep` are left. */
function removeOldest(file: string, keep: number): void {
  const { dir, base } = path.parse(file);
  const rotated = readdirSync(dir)
    .filter((name) => name.startsWith(`${base}.`))
    .filter((name) => /^\d{8}T\d{6}$/.test(name.slice(base.length + 1)))
    .sort();
  for (const name of rotated.slice(0, Math.max(rotated.length - keep, 0))) {
    try {
      unlinkSync(path.join(dir, name));
    } catch {
      // Another starter removes the same files.
    }
  }
}
