/**
 * `node scripts/bench/transfer.mjs`: how fast file transfer is over loopback, with AES-GCM, in both
 * directions. Needs the native part (`make native`).
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { builtAddon, nativeAddons } from '../build/native-addons.mjs';
import { COMMON, defines, ROOT } from '../build/options.mjs';

const bundle = path.join(ROOT, 'build/bench-transfer.cjs');
await build({
  ...COMMON,
  entryPoints: ['test/transfer/support/throughput.ts'],
  outfile: bundle,
  define: defines({ __EYRIE_ROOT__: ROOT }),
  plugins: [nativeAddons((name) => JSON.stringify(builtAddon(name)))],
});
process.exitCode = spawnSync(process.execPath, [bundle], { stdio: 'inherit' }).status ?? 1;
