/**
 * Writing a file so that readers see the old one or the new one, never a part.
 */
import fs from 'node:fs';
import path from 'node:path';
import { toBytes } from '../byte-text';
import { err, ok, type Result } from '../result';

/**
 * Writes a file whole: beside its place under another name, synchronised, renamed.
 *
 * @param mode permission bits of the new file
 * @returns a sentence that names the file where it could not be written; nothing is left behind
 */
export function writeFileWhole(file: string, text: string, mode = 0o644): Result<void, string> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    writeNew(temporary, text, mode);
    fs.renameSync(temporary, file);
    return ok(undefined);
  } catch (thrown) {
    fs.rmSync(temporary, { force: true });
    return err(`Cannot write ${file}: ${(thrown as Error).message}`);
  }
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
