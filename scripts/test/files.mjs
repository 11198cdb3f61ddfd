/** Which test files there are. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build/options.mjs';

/** The named test files, relative to the root; for a directory all below it. */
export function testFiles(name) {
  const absolute = path.resolve(name);
  if (!statSync(absolute).isDirectory()) return [path.relative(ROOT, absolute)];
  return readdirSync(absolute, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.relative(ROOT, path.join(absolute, file)))
    .sort();
}
