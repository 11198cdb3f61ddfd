/**
 * Writes the manual pages and the completion of bash: `node scripts/docs/build.mjs`. They are kept
 * in the tree, so that a build needs no more than to copy them; test/docs/ tells when they are old.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { COMMON, ROOT, defines } from '../build/options.mjs';

const bundle = path.join(ROOT, 'build/docs.cjs');
await build({
  ...COMMON,
  entryPoints: ['scripts/docs/pages.ts'],
  outfile: bundle,
  define: defines(),
});
const { makeDocuments } = createRequire(import.meta.url)(bundle);
for (const [file, content] of makeDocuments(ROOT)) {
  mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
  writeFileSync(path.join(ROOT, file), content);
}
