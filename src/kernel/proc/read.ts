/**
 * Reading files below /proc and /sys: small, made by the kernel at each read, never by a job.
 */
import { readFileSync } from 'node:fs';
import { fromBytes } from '../../byte-text';
import { err, ok, type Result } from '../../result';

/**
 * The whole text of a kernel file.
 *
 * @param path an absolute path below /proc or /sys
 * @returns the text (see byte-text.ts: a path in it need not be UTF-8), or a sentence that names the file, the error and the usual cause
 */
export function readKernelFile(path: string): Result<string, string> {
  try {
    return ok(fromBytes(readFileSync(path)));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const hint = code === 'ENOENT' && !isMounted() ? ': /proc is not mounted here' : '';
    return err(`cannot read ${path}: ${code}${hint}`);
  }
}

/**
 * A kernel file with one number (a sysctl), or undefined where this kernel has no such file or
 * the file holds no integer.
 */
export function readKernelNumber(path: string): number | undefined {
  const text = readKernelFile(path);
  if (!text.ok || !/^-?\d+\s*$/.test(text.value)) {
    return undefined;
  }
  return Number(text.value);
}

function isMounted(): boolean {
  try {
    readFileSync('/proc/self/stat');
    return true;
  } catch {
    return false;
  }
}
