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
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, orExplained } from './build/options.mjs';
import { bundleTests } from './test/bundle.mjs';
import { testFiles } from './test/files.mjs';

/** A file that hangs is stopped after this many milliseconds, and fails. */
const TIMEOUT = 900_000;

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
