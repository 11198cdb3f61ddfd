/**
 * Runs test files in the guest.
 *
 *   node scripts/guest/run.mjs [--records] [FILE|DIRECTORY]... [--test-OPTION=VALUE]...
 *
 * Without names: every test file that asks for the controllers of cgroup v2 (test/support/need.ts), and
 * those in ALSO.
 * `--records` prints one JSON text a line instead of text: a test that ended, a file that ended
 * (`status`: of its node), and at last what the console said, with `seconds` since boot where the
 * guest came to its end, else with the `tests` of the file in which it did not.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, orExplained } from '../build/options.mjs';
import { bundleTests } from '../test/bundle.mjs';
import { compileAll } from '../test/compile.mjs';
import { testFiles } from '../test/files.mjs';
import { writeInitramfs } from './initramfs.mjs';
import { runMachine } from './machine.mjs';
import { printText } from './text.mjs';

/** Somewhat less than scripts/test.mjs gives a file, so that what the guest said is not lost. */
const SECONDS = 840;

const GUEST = process.env.EYRIE_GUEST ?? '/var/tmp/eyrie-guest';

/** Files that run on every machine, and do something else where all controllers are on version 2. */
const ALSO = [
  'test/enter/cgroups.test.ts',
  'test/kernel/cgroups/leftovers.test.ts',
  'test/kernel/process-table/cgroups.test.ts',
  'test/procd/job-cgroups.test.ts',
  'test/run/suspend.test.ts',
];

function filesForGuest() {
  const asking = [`${ROOT}/src`, `${ROOT}/test`]
    .flatMap(testFiles)
    .filter((file) => /\bneedsControllers\(/.test(readFileSync(path.join(ROOT, file), 'utf8')));
  return [...asking, ...ALSO.map((file) => path.join(ROOT, file)).flatMap(testFiles)];
}

/** Boots the guest with the files; gives the records of what happens to `tell`. */
async function runInGuest(files, options, directory, tell) {
  const bundles = await bundleTests(files, path.join(directory, 'tests'), 'inside');
  compileAll();
  const sources = new Map(bundles.map((bundle, index) => [bundle, files[index]]));
  writeInitramfs(path.join(directory, 'initramfs'), GUEST, bundles, options);
  let tests = [];
  let seconds;
  const onLine = (line) => {
    const record = JSON.parse(line);
    if (record.type === 'test') {
      tests.push(record);
      tell(record);
    }
    if (record.type === 'over') seconds = record.seconds;
    if (record.type !== 'end') return;
    tell({ type: 'file', file: sources.get(record.file), status: record.status, tests });
    tests = [];
  };
  const console = await runMachine({ guest: GUEST, directory, onLine, seconds: SECONDS });
  tell({ type: 'over', seconds, console, files, tests });
}

const given = process.argv.slice(2);
const records = given.includes('--records');
const named = given.filter((argument) => !argument.startsWith('--'));
const options = given.filter((argument) => argument.startsWith('--test-'));
const files = named.length > 0 ? named.flatMap(testFiles) : filesForGuest();
const directory = path.join(ROOT, 'build/guest', String(process.pid));
mkdirSync(directory, { recursive: true });
try {
  await orExplained(() =>
    runInGuest(files, options, directory, (record) => {
      if (records) process.stdout.write(`${JSON.stringify(record)}\n`);
      else printText(record);
    }),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
