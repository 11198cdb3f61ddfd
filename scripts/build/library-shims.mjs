/**
 * esbuild plugin: leaves out of the bundles what costs start time and is not used.
 *
 * Each row says what is imported, by whom, and what they get instead. test/build/libraries.test.ts
 * has a test for each, so that an upgrade which starts to need more is noticed.
 */

/** Prints nothing: what the `debug` packages do when no developer of a library listens. */
const SILENT = 'module.exports = () => Object.assign(() => {}, { enabled: false });';

const SHIMS = [
  // These two look through the environment and at the terminal, and bring tables of colours.
  { module: 'debug', contents: SILENT },
  { module: '@dabh/diagnostics', contents: SILENT },

  // Node's own streams, for older releases of node.
  { module: 'readable-stream', contents: "module.exports = require('node:stream');" },
  {
    module: 'readable-stream/lib/_stream_writable.js',
    contents: "module.exports = require('node:stream').Writable;",
  },

  // winston's colorize() format, which loads them, whether it is used or not.
  {
    module: '@colors/colors/safe',
    contents: `module.exports = new Proxy({}, {
      get() { throw new Error('the colours of winston are not in this bundle'); },
      set() { return true; },
    });`,
  },

  // node:assert takes a millisecond to be ready to explain failures with colours.
  {
    module: 'assert',
    importer: /\/node_modules\/(ffi-napi|ref-napi|ref-struct-di)\//,
    contents: `
      const fail = (message) => { throw new Error(message ?? 'assertion failed'); };
      module.exports = (value, message) => value || fail(message);
      module.exports.strictEqual = module.exports.equal = (actual, expected, message) =>
        actual === expected || fail(message ?? actual + ' is not ' + expected);`,
  },

  // A bundle has the `require` that createRequire() would make.
  {
    module: 'node:module',
    importer: /\/node_modules\/yargs(-parser)?\//,
    contents: 'exports.createRequire = () => require;',
  },
];

/** Modules that have no other use in a bundle: a path in them without a row is an error. */
const REPLACED_WHOLE = /^(debug|@dabh\/diagnostics|readable-stream|@colors\/colors)(\/|$)/;

/** @type {import('esbuild').Plugin} */
export const libraryShims = {
  name: 'library-shims',
  setup(build) {
    const filter = /^[@a-z]/;
    build.onResolve({ filter }, ({ path, importer }) => {
      const row = SHIMS.findIndex(
        (shim) => shim.module === path && (shim.importer?.test(importer) ?? true),
      );
      if (row >= 0) return { path, namespace: 'library-shim', pluginData: row };
      if (!REPLACED_WHOLE.test(path)) return undefined;
      return { errors: [{ text: `${importer} imports ${path}, for which there is no shim` }] };
    });
    build.onLoad({ filter: /.*/, namespace: 'library-shim' }, ({ pluginData: row }) => ({
      contents: SHIMS[row].contents,
    }));
  },
};
