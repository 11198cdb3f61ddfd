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
  // Who is just ending may put something into a directory that was empty a moment ago.
  const patience = { maxRetries: 20, retryDelay: 50 };
  test.after(() => rmSync(directory, { recursive: true, force: true, ...patience }));
  return directory;
}
