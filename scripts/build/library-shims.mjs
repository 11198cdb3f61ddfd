/**
 * esbuild plugin: leaves out of the bundles what costs start time and is not used.
 *
 * - `debug`, which ffi-napi and ref-napi import, looks through the environment and at the
 *   terminal to print messages for developers of those packages. Here it is silent.
 * - `assert`, as those two use it: node's own takes a millisecond to explain failures with colours.
 * - `readable-stream`, which winston imports, is node's own `stream` for older releases of node.
 *
 * test/build/ has a test for each, so that an upgrade which starts to need more is noticed.
 */

/** Shims for any importer, by the name that is imported. */
const MODULES = {
  debug: `module.exports = () => Object.assign(() => {}, { enabled: false });`,
  'readable-stream': `module.exports = require('node:stream');`,
  // winston-transport imports this one by path.
  'readable-stream/lib/_stream_writable.js': `module.exports = require('node:stream').Writable;`,
};

/** assert(), assert.equal() and assert.strictEqual(), which is all that the FFI packages call. */
const ASSERT = `
const fail = (message) => { throw new Error(message ?? 'assertion failed'); };
module.exports = (value, message) => value || fail(message);
module.exports.strictEqual = module.exports.equal = (actual, expected, message) =>
  actual === expected || fail(message ?? actual + ' is not ' + expected);`;

const FFI_PACKAGES = /\/node_modules\/(ffi-napi|ref-napi|ref-struct-di)\//;

/** @type {import('esbuild').Plugin} */
export const libraryShims = {
  name: 'library-shims',
  setup(build) {
    build.onResolve({ filter: /^(debug|readable-stream)(\/|$)/ }, ({ path, importer }) => {
      if (Object.hasOwn(MODULES, path)) return { path, namespace: 'library-shim' };
      return { errors: [{ text: `${importer} imports ${path}, for which there is no shim` }] };
    });
    build.onResolve({ filter: /^assert$/ }, ({ path, importer }) =>
      FFI_PACKAGES.test(importer) ? { path, namespace: 'library-shim' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'library-shim' }, ({ path }) => ({
      contents: path === 'assert' ? ASSERT : MODULES[path],
    }));
  },
};
