/**
 * Skipping a test that cannot run here, honestly.
 */
import { existsSync } from 'node:fs';
import { program } from './eyrie';

/**
 * For the `skip` option of a test: a reason where something is missing, else false. In CI nothing
 * may be missing, so there it throws and the run fails.
 *
 * @param missing what is missing and how to get it; undefined: nothing
 */
export function skipIf(missing: string | undefined): string | false {
  if (missing !== undefined && process.env.CI !== undefined) {
    throw new Error(`this test has to run in CI, but cannot: ${missing}`);
  }
  return missing ?? false;
}

/** For `skipIf`: missing unless the tests run as root. */
export function needsRoot(): string | undefined {
  return process.geteuid?.() === 0 ? undefined : 'root (run `make test` as root)';
}

/** For `skipIf`: missing unless `make` has built the product. */
export function needsProduct(): string | undefined {
  const file = program('eyrie');
  return existsSync(file) ? undefined : `${file} (run \`make\`)`;
}
