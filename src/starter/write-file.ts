/**
 * Writing a file so that readers see the old one or the new one, never a part.
 */
import fs from 'node:fs';
import path from 'node:path';
import { toBytes } from '../byte-text';
import { thrownText } from '../kernel/errno';
import { err, ok, type Result } from '../result';

/**
 * A directory that stays the same from the moment it was found, and a name in it. Between a job's
 * start and its result somebody could put a link in the place of a directory that is theirs, and lead
 * root's file anywhere.
 */
export interface FilePlace {
  /** As it was given: for messages. */
  readonly file: string;
  /** The open directory. */
  readonly directory: number;
}

/** Finds the directory of a file that will be written. The error is a sentence. */
export function openFilePlace(file: string): Result<FilePlace, string> {
  const { O_RDONLY, O_DIRECTORY } = fs.constants;
  try {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) {
      return err(`Cannot write ${file}: it is a directory; name a file`);
    }
    return ok({ file, directory: fs.openSync(path.dirname(file), O_RDONLY | O_DIRECTORY) });
  } catch (thrown) {
    return err(`Cannot write ${file}: ${thrownText(thrown)}`);
  }
}

/**
 * Writes a file whole: beside its place under another name, synchronised, renamed. Its directory is
 * closed then.
 *
 * @param mode permission bits of the new file
 * @returns a sentence that names the file where it could not be written; nothing is left behind
 */
export function writeInPlace(place: FilePlace, text: string, mode = 0o644): Result<void, string> {
  const directory = `/proc/self/fd/${place.directory}`;
  const name = path.basename(place.file);
  const temporary = `${directory}/.${name}.${process.pid}`;
  try {
    writeNew(temporary, text, mode);
    fs.renameSync(temporary, `${directory}/${name}`);
    return ok(undefined);
  } catch (thrown) {
    fs.rmSync(temporary, { force: true });
    return err(`Cannot write ${place.file}: ${thrownText(thrown)}`);
  } finally {
    fs.closeSync(place.directory);
  }
}

/** Writes a file whole, with the directory that is at its path now: see {@link writeInPlace}. */
export function writeFileWhole(file: string, text: string, mode = 0o644): Result<void, string> {
  const place = openFilePlace(file);
  return place.ok ? writeInPlace(place.value, text, mode) : place;
}

function writeNew(file: string, text: string, mode: number): void {
  // A leftover of a dead process with our pid is no reason to fail; O_EXCL follows no link.
  fs.rmSync(file, { force: true });
  const fd = fs.openSync(file, 'wx', mode);
  try {
    fs.writeFileSync(fd, toBytes(text));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
