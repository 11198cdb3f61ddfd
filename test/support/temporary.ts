/**
 * Directories that vanish when their test ends.
 */
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';

/** A test, or a suite's `{ after }` of node:test. */
export interface Ending {
  after(ending: () => unknown): unknown;
}

/** Whose directory it is, and what others may do there. */
export interface TemporaryOptions {
  /** Owner and group; undefined: the test's own. Root only. */
  readonly uid?: number;
  /** Permission bits; 0755 where undefined. */
  readonly mode?: number;
}

/**
 * Makes a directory below /var/tmp (not /tmp, which jobs under test get covered) and removes it
 * with all its content when the test ends.
 *
 * @returns its absolute path
 */
export function temporaryDirectory(test: Ending, options: TemporaryOptions = {}): string {
  const directory = mkdtempSync('/var/tmp/eyrie-test-');
  chmodSync(directory, options.mode ?? 0o755);
  if (options.uid !== undefined) {
    chownSync(directory, options.uid, options.uid);
  }
  test.after(() => removeWithPatience(directory));
  return directory;
}

/** Seconds for those who are just ending, and may put something where all was removed a moment ago. */
const PATIENCE = 10;
const PAUSE_MS = 50;

/**
 * Removes a directory with all its content, and whatever comes into it meanwhile: rmSync's own retries
 * only ask again for the directory that was not empty.
 *
 * @param directory there, or not there any more
 */
export function removeWithPatience(directory: string): void {
  const deadline = performance.now() + PATIENCE * 1000;
  for (;;) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' || performance.now() > deadline) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}
