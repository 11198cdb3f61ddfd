/** The esbuild options that the programs and the tests share. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The root of the source tree. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/**
 * CommonJS, because an ES module as entry costs 3.5 ms more at start. ASCII, because the loader
 * reads bundles as latin1.
 *
 * @type {import('esbuild').BuildOptions}
 */
export const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  charset: 'ascii',
  logLevel: 'warning',
};

/** Constants for the source; `extra` values are JSON. */
export function defines(extra = {}) {
  const constants = { __EYRIE_VERSION__: version, ...extra };
  return Object.fromEntries(
    Object.entries(constants).map(([name, value]) => [name, JSON.stringify(value)]),
  );
}

/** Does something with esbuild; where esbuild has told what is wrong, that is enough. */
export async function orExplained(action) {
  try {
    await action();
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    process.exitCode = 1;
  }
}
