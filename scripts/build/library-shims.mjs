/**
 * esbuild plugin: leaves out of the bundles what costs start time and is not used.
 *
 * - `debug`, which ffi-napi and ref-napi import, looks through the environment and at the
 *   terminal to print messages for developers of those packages. Here it is silent.
 * - `readable-stream`, which winston imports, is node's own `stream` for older releases of node.
 *
 * test/build/ has a test for each, so that an upgrade which starts to need more is noticed.
 */

const MODULES = {
  debug: `module.exports = () => Object.assign(() => {}, { enabled: false });`,
  'readable-stream': `module.exports = require('node:stream');`,
  // winston-transport imports this one by path.
  'readable-stream/lib/_stream_writable.js': `module.exports = require('node:stream').Writable;`,
};

/** @type {import('esbuild').Plugin} */
export const libraryShims = {
  name: 'library-shims',
  setup(build) {
    build.onResolve({ filter: /^(debug|readable-stream)(\/|$)/ }, ({ path, importer }) => {
      if (Object.hasOwn(MODULES, path)) return { path, namespace: 'library-shim' };
      return { errors: [{ text: `${importer} imports ${path}, for which there is no shim` }] };
    });
    build.onLoad({ filter: /.*/, namespace: 'library-shim' }, ({ path }) => ({
      contents: MODULES[path],
    }));
  },
};
