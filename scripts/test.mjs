/**
 * Builds test files and runs them on node's own test runner.
 *
 *   node scripts/test.mjs [FILE|DIRECTORY]... [--test-OPTION=VALUE]...
 *
 * Without names: every *.test.ts of src/ and test/. Each file is bundled and runs in a process of
 * its own, two at a time. A skipped test fails the run where CI is set: there, everything that a
 * test can need is installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { builtAddon, nativeAddons } from './build/native-addons.mjs';
import { COMMON, ROOT, defines, orExplained } from './build/options.mjs';

/** A file that hangs is stopped after this many milliseconds, and fails. */
const TIMEOUT = 300_000;

/** The named test files, relative to the root; for a directory all below it. */
function testFiles(name) {
  const absolute = path.resolve(name);
  if (!statSync(absolute).isDirectory()) return [path.relative(ROOT, absolute)];
  return readdirSync(absolute, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.relative(ROOT, path.join(absolute, file)))
    .sort();
}

async function bundleTests(files, directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await build({
    ...COMMON,
    entryPoints: files,
    outdir: directory,
    outbase: ROOT,
    sourcemap: 'inline',
    define: defines({ __EYRIE_ROOT__: ROOT }),
    plugins: [nativeAddons((name) => JSON.stringify(builtAddon(name))), librariesOutside],
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

function runTests(bundles, options) {
  // Each node of the tests would read the whole certificate file for nothing.
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;
  const reporter = path.join(ROOT, 'scripts/test/reporter.mjs');
  const { status } = spawnSync(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      '--test-concurrency=2',
      `--test-timeout=${TIMEOUT}`,
      `--test-reporter=${reporter}`,
      ...options,
      ...bundles,
    ],
    { stdio: 'inherit', cwd: ROOT, env: environment },
  );
  return status ?? 1;
}

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const files = (named.length > 0 ? named : [`${ROOT}/src`, `${ROOT}/test`]).flatMap(testFiles);
const directory = path.join(ROOT, 'build/test', named.length > 0 ? String(process.pid) : 'all');
await orExplained(async () => {
  process.exitCode = runTests(await bundleTests(files, directory), options);
});
if (named.length > 0) rmSync(directory, { recursive: true, force: true });
