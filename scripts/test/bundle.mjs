/** Test files, bundled for node. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { builtAddon, nativeAddons } from '../build/native-addons.mjs';
import { COMMON, ROOT, defines } from '../build/options.mjs';

/**
 * Bundles test files, each for itself, into a new directory.
 *
 * @param files paths from the root
 * @param libraries `outside`: they are loaded from node_modules; `inside`: the bundles need nothing
 *   but node and the two native addons in node_modules
 * @returns the bundles' paths, in the same order
 */
export async function bundleTests(files, directory, libraries = 'outside') {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const addons = nativeAddons((name) => JSON.stringify(builtAddon(name)));
  await build({
    ...COMMON,
    entryPoints: files,
    outdir: directory,
    outbase: ROOT,
    sourcemap: 'inline',
    define: defines({ __EYRIE_ROOT__: ROOT }),
    plugins: libraries === 'outside' ? [addons, librariesOutside] : [addons],
  });
  return files.map((file) => path.join(directory, file.replace(/\.ts$/, '.cjs')));
}

/** Libraries stay in node_modules, all but those with native addons, of which one copy must do. */
const librariesOutside = {
  name: 'libraries-outside',
  setup({ onResolve }) {
    const inside = /^((ffi|ref)-napi|ref-struct-di|debug|ms|node-gyp-build)$/;
    onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
      kind === 'entry-point' || inside.test(name) ? undefined : { path: name, external: true },
    );
  },
};
