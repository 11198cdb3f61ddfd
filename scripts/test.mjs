/**
 * Builds test files and runs them on node's own test runner.
 *
 *   node scripts/test.mjs [--again] [FILE|DIRECTORY]... [--test-OPTION=VALUE]...
 *
 * Without names: every *.test.ts of src/ and test/. Each file is bundled and runs in a process of
 * its own, two at a time. A skipped test fails the run where CI is set: there, everything that a
 * test can need is installed. With --again the few files that failed are run once more, each alone:
 * test/again.mjs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, orExplained } from './build/options.mjs';
import { countLines, countsTogether, filesToRunAgain } from './test/again.mjs';
import { bundleTests } from './test/bundle.mjs';
import { testFiles } from './test/files.mjs';

/** A file that hangs is stopped after this many milliseconds, and fails. */
const TIMEOUT = 900_000;

const FILES_AT_ONCE = 2;

/** Gives the exit status, and what reporter.mjs wrote down: undefined where the runner broke down. */
function runTests(bundles, atOnce, options) {
  // Each node of the tests would read the whole certificate file for nothing.
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;
  const reporter = path.join(ROOT, 'scripts/test/reporter.mjs');
  const place = mkdtempSync(path.join(os.tmpdir(), 'eyrie-outcome-'));
  const outcome = path.join(place, 'outcome.json');
  const { status } = spawnSync(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      `--test-concurrency=${atOnce}`,
      `--test-timeout=${TIMEOUT}`,
      `--test-reporter=${reporter}`,
      ...options,
      ...bundles,
    ],
    { stdio: 'inherit', cwd: ROOT, env: { ...environment, EYRIE_TEST_OUTCOME: outcome } },
  );
  const told = readIfThere(outcome);
  rmSync(place, { recursive: true });
  return { status: status ?? 1, ...(told !== undefined && JSON.parse(told)) };
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Gives the exit status. */
function runOnce(bundles, options) {
  return ended(runTests(bundles, FILES_AT_ONCE, options));
}

/** Runs all, then again what failed. Gives the exit status. */
function runTwice(bundles, options) {
  const first = runTests(bundles, FILES_AT_ONCE, options);
  const again = first.counts && first.status !== 0 ? filesToRunAgain(first) : [];
  const isAgain = (bundle) =>
    again.some((file) => bundle.endsWith(`/${file.replace(/\.ts$/, '.cjs')}`));
  const chosen = bundles.filter(isAgain);
  // Where the runner does not know the file of a failure there is none to choose.
  if (chosen.length === 0 || chosen.length < again.length) return ended(first);
  console.log(`Once more, alone: ${again.join(', ')}`);
  const second = runTests(chosen, 1, options);
  if (second.counts === undefined) return ended(second);
  console.log('Failed in the first attempt:');
  process.stdout.write(first.failures.join(''));
  return ended({ ...second, counts: countsTogether(first.counts, second.counts) });
}

/** Writes the last lines of a run. */
function ended({ status, counts }) {
  if (counts !== undefined) process.stdout.write(countLines(counts));
  return status;
}

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => /^--(?!again$)/.test(argument));
const run = process.argv.includes('--again') ? runTwice : runOnce;
const files = (named.length > 0 ? named : [`${ROOT}/src`, `${ROOT}/test`]).flatMap(testFiles);
const directory = path.join(ROOT, 'build/test', named.length > 0 ? String(process.pid) : 'all');
await orExplained(async () => {
  process.exitCode = run(await bundleTests(files, directory), options);
});
if (named.length > 0) rmSync(directory, { recursive: true, force: true });
