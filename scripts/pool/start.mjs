/**
 * Starts a test pool and keeps it until it is interrupted; `node scripts/pool/start.mjs --help`
 * says how. The pool itself is test/pool/support/.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { COMMON, ROOT, defines } from '../build/options.mjs';

const bundle = path.join(ROOT, 'build/pool', `start-${process.pid}.cjs`);
await build({
  ...COMMON,
  entryPoints: ['scripts/pool/start.ts'],
  outfile: bundle,
  define: defines({ __EYRIE_ROOT__: ROOT }),
});
const { main } = createRequire(import.meta.url)(bundle);
rmSync(bundle);
process.exitCode = await main(process.argv.slice(2));
