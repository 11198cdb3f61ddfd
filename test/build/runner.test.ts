/**
 * The reporter of scripts/test/: what it shows, and what it lets nobody overlook.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, type CommandResult, runCommand } from '../support/command';
import { TREE } from '../support/root';
import { removeWithPatience, temporaryDirectory } from '../support/temporary';

const HEAD = `import { describe, test } from 'node:test';\n`;

/** Runs node's test runner with the reporter on one file of tests. */
function runTests(t: TestContext, text: string, env: object = {}): Promise<CommandResult> {
  const file = path.join(temporaryDirectory(t), 'sample.test.mjs');
  writeFileSync(file, HEAD + text);
  const reporter = path.join(TREE, 'scripts/test/reporter.mjs');
  return runCommand([process.execPath, '--test', `--test-reporter=${reporter}`, file], {
    env: { ...CLEAN_ENVIRONMENT, ...env },
    cwd: path.dirname(file),
  });
}

describe('the test reporter', () => {
  test("ends with the runner's own counts", async (t) => {
    const { status, stdout } = await runTests(t, `test('a', () => {}); test('b', () => {});`);
    assert.equal(status, 0);
    assert.match(stdout, /^ok {3}sample\.test\.mjs \(2 passed, \d+\.\d s\)$/m);
    assert.match(stdout, /# tests 2\n# suites 0\n# pass 2\n# fail 0\n(# .*\n)*$/);
  });

  test('tells a failure in full with its suites, then in short before the counts, and fails', async (t) => {
    const text = `describe('x', () => { test('y', () => { throw new Error('because'); }); });`;
    const { status, stdout } = await runTests(t, text);
    assert.equal(status, 1);
    assert.match(stdout, /FAIL sample\.test\.mjs:2: x > y\n {4}Error: because\n/);
    assert.match(stdout, /\n {4}Error: because\n {8}at /);
    assert.match(
      stdout,
      /\nFAIL sample\.test\.mjs \(0 passed, 1 failed, .*\nFAIL .*: x > y\n {4}Error: because\n# tests 1\n/,
    );
    assert.match(stdout, /^# fail 1$/m);
  });

  test('tells why a test was skipped', async (t) => {
    const { status, stdout } = await runTests(t, `test('a', { skip: 'needs root' }, () => {});`);
    assert.equal(status, 0);
    assert.match(stdout, /^skip sample\.test\.mjs:2: a: needs root$/m);
  });

  test('fails for a skipped test where CI is set', async (t) => {
    const text = `test('a', { skip: 'needs root' }, () => {}); test('b', () => {});`;
    const { status, stdout } = await runTests(t, text, { CI: 'true' });
    assert.equal(status, 1);
    assert.match(stdout, /^FAIL 1 skipped: where CI is set/m);
  });

  test('counts a test that the same run has elsewhere, but not as skipped', async (t) => {
    const why = 'runs in the guest (test/vm/guest.test.ts)';
    const text = `test('a', { skip: '${why}' }, () => {});`;
    const { status, stdout } = await runTests(t, text, { CI: 'true' });
    assert.equal(status, 0);
    assert.match(stdout, /^ok {3}sample\.test\.mjs \(0 passed, 1 elsewhere, /);
  });

  test('fails for a test that is left to do where CI is set', async (t) => {
    assert.equal((await runTests(t, `test.todo('a');`, { CI: 'true' })).status, 1);
  });

  test('fails for a file without tests', async (t) => {
    const { status, stdout } = await runTests(t, '');
    assert.equal(status, 1);
    assert.match(stdout, /^FAIL sample\.test\.mjs: there is no test in it$/m);
  });

  test('fails for a file that cannot be loaded', async (t) => {
    const { status, stdout } = await runTests(t, `throw new Error('at load');`);
    assert.equal(status, 1);
    assert.match(stdout, /at load/);
  });
});

/** Fails as long as the file beside it is not there, and makes that. */
const ONCE = `
  import { existsSync, writeFileSync } from 'node:fs';
  test('by chance', () => {
    const isThere = existsSync(process.env.MARK);
    writeFileSync(process.env.MARK, '');
    if (!isThere) throw new Error('met somebody');
  });
  test('never', () => {});`;
const ALWAYS = `test('always', () => { throw new Error('wrong'); });`;

/** Runs scripts/test.mjs on these files of tests. */
function runScript(t: TestContext, files: Readonly<Record<string, string>>, ...options: string[]) {
  mkdirSync(path.join(TREE, 'build'), { recursive: true });
  const directory = mkdtempSync(path.join(TREE, 'build/sample-'));
  t.after(() => removeWithPatience(directory));
  for (const [name, text] of Object.entries(files))
    writeFileSync(path.join(directory, `${name}.test.ts`), HEAD + text);
  const script = path.join(TREE, 'scripts/test.mjs');
  return runCommand([process.execPath, script, ...options, directory], {
    env: { ...CLEAN_ENVIRONMENT, CI: 'true', MARK: path.join(directory, 'mark') },
  });
}

describe('scripts/test.mjs', () => {
  test('fails for what fails once, as long as nobody says --again', async (t) => {
    const { status, stdout } = await runScript(t, { once: ONCE });
    assert.equal(status, 1);
    assert.match(stdout, /# tests 2\n# suites 0\n# pass 1\n# fail 1\n/);
  });

  test('with --again runs a file that failed once more, and tells and counts that apart', async (t) => {
    const files = { once: ONCE, good: `test('a', () => {});` };
    const { status, stdout } = await runScript(t, files, '--again');
    assert.equal(status, 0);
    const [first = '', second = ''] = stdout.split(/^Once more, alone: \S+once\.test\.ts$/m);
    assert.match(first, /^FAIL .*by chance\n {4}Error: met somebody$/m);
    assert.match(second, /^ok {3}\S+once\.test\.ts \(2 passed/m);
    assert.doesNotMatch(second, /good/);
    assert.match(second, /Failed in the first attempt:\nFAIL .*by chance\n {4}Error: met somebody\n/);
    assert.match(second, /\n# tests 3\n# suites 0\n# pass 3\n# fail 0\n(# .*\n)*# passed alone 1\n$/);
  });

  test('with --again fails for what fails twice', async (t) => {
    const { status, stdout } = await runScript(t, { always: ALWAYS, once: ONCE }, '--again');
    assert.equal(status, 1);
    assert.match(stdout, /\n# tests 3\n# suites 0\n# pass 2\n# fail 1\n(# .*\n)*# passed alone 1\n$/);
  });

  test('with --again runs nothing again where much failed', async (t) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'once'];
    const files = Object.fromEntries(names.map((name) => [name, ALWAYS]));
    const { status, stdout } = await runScript(t, { ...files, once: ONCE }, '--again');
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, /Once more/);
    assert.match(stdout, /\n# fail 6\n/);
  });

  test('with --again runs nothing again where something was skipped in CI', async (t) => {
    const text = `test('a', { skip: 'needs root' }, () => {});`;
    const { status, stdout } = await runScript(t, { once: ONCE, skipped: text }, '--again');
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, /^Once more/m);
  });
});
