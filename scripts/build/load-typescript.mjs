/** Modules of the tests' TypeScript for scripts. */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { builtAddon, nativeAddons } from './native-addons.mjs';
import { COMMON, ROOT, defines } from './options.mjs';

/**
 * Bundles modules and loads them.
 *
 * @param files paths from the root
 * @returns what they export, all together
 */
export async function loadTypeScript(...files) {
  const bundle = path.join(ROOT, 'build/scripts', `${process.pid}.cjs`);
  await build({
    ...COMMON,
    stdin: {
      contents: files.map((file) => `export * from './${file}';\n`).join(''),
      resolveDir: ROOT,
    },
    outfile: bundle,
    define: defines({ __EYRIE_ROOT__: ROOT }),
    plugins: [nativeAddons((name) => JSON.stringify(builtAddon(name)))],
  });
  try {
    return createRequire(import.meta.url)(bundle);
  } finally {
    rmSync(bundle);
  }
}
