/**
 * esbuild plugin: one ref-napi, and the compiled parts of ffi-napi and ref-napi loaded from a
 * fixed place.
 *
 * Both packages find their `.node` file with node-gyp-build, which searches a node_modules tree
 * that an installed Eyrie does not have. And the fork of ffi-napi brings a ref-napi of its own:
 * with two, a type declared with one is a stranger to the other, and both cost start time.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** The compiled part of each package: its file in the package, and its name when installed. */
export const ADDONS = {
  'ffi-napi': { built: 'build/Release/ffi_bindings.node', installed: 'ffi_bindings.node' },
  'ref-napi': { built: 'build/Release/binding.node', installed: 'ref_binding.node' },
};

/** The directory of an installed package. */
export function packageDirectory(name) {
  return path.dirname(require.resolve(`${name}/package.json`));
}

/** Where npm compiled the addon of a package. */
export function builtAddon(name) {
  return path.join(packageDirectory(name), ADDONS[name].built);
}

/**
 * JavaScript for the place of an installed addon: beside the bundle that runs. (`__dirname` would be
 * where the start-up snapshot was made.)
 */
export function besideBundle(name) {
  return `require('node:path').join(process.argv[1], '..', ${JSON.stringify(ADDONS[name].installed)})`;
}

/**
 * @param {(packageName: string) => string} addonPath gives a JavaScript expression for the path of
 *   a package's `.node` file.
 * @returns {import('esbuild').Plugin}
 */
export function nativeAddons(addonPath) {
  return {
    name: 'native-addons',
    setup(build) {
      build.onResolve({ filter: /^@2060\.io\/ref-napi$/ }, ({ kind, resolveDir }) =>
        build.resolve('ref-napi', { kind, resolveDir }),
      );
      build.onResolve({ filter: /^node-gyp-build$/ }, ({ importer }) => {
        const owner = Object.keys(ADDONS).find((name) => importer.startsWith(packageDirectory(name)));
        if (!owner) return { errors: [{ text: `${importer} has a native addon that the build does not know` }] };
        return { path: owner, namespace: 'native-addon' };
      });
      build.onLoad({ filter: /.*/, namespace: 'native-addon' }, ({ path: owner }) => ({
        contents: `module.exports = () => {
          const addon = { exports: {} };
          process.dlopen(addon, ${addonPath(owner)});
          return addon.exports;
        };`,
        resolveDir: packageDirectory(owner),
      }));
    },
  };
}
