/**
 * Directories that vanish when their test ends.
 */
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import type { TestContext } from 'node:test';

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
export function temporaryDirectory(
  test: Pick<TestContext, 'after'>,
  options: TemporaryOptions = {},
): string {
  const directory = mkdtempSync('/var/tmp/eyrie-test-');
  chmodSync(directory, options.mode ?? 0o755);
  if (options.uid !== undefined) {
    chownSync(directory, options.uid, options.uid);
  }
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
