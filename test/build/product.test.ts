/**
 * The built tree: that it starts as docs/build.md says, and runs wherever it is put.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { type CommandResult, runCommand } from '../support/command';
import { runEyrie, runStarter, startEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';

const LIB = path.join(TREE, 'dist/lib/eyrie');
const PROGRAMS = ['eyrie', 'condor_starter', 'condor_procd'];
const { version } = JSON.parse(readFileSync(path.join(TREE, 'package.json'), 'utf8')) as {
  readonly version: string;
};

/** Runs a script of lib/eyrie with the launcher's flags for node. */
function runNode(lib: string, script: string, ...words: readonly string[]): Promise<CommandResult> {
  return runCommand([process.execPath, '--v8-pool-size=1', path.join(lib, script), ...words]);
}

/** Writes a job ad; gives its file and the words of `eyrie run` for it. */
function runWords(t: TestContext, command: string, args: string): readonly string[] {
  const jobAd = path.join(temporaryDirectory(t), 'job.ad');
  writeFileSync(jobAd, `Cmd = "${command}"\nArguments = "${args}"\nIwd = "/"\n`);
  return ['run', '-t', '--execute', temporaryDirectory(t), jobAd];
}

/** A copy of the built tree to spoil; gives its directory. */
function copyTree(t: TestContext): string {
  const tree = temporaryDirectory(t);
  for (const part of ['bin', 'lib', 'libexec']) {
    cpSync(path.join(TREE, 'dist', part), path.join(tree, part), { recursive: true });
  }
  return tree;
}

function caches(lib: string): readonly string[] {
  return readdirSync(lib).filter((name) => name.endsWith('.cache'));
}

describe('the built programs', { skip: skipIf(needsProduct()) }, () => {
  test("know their version, package.json's", async () => {
    assert.equal((await runEyrie(['--version'])).stdout, `eyrie ${version}\n`);
    assert.match((await runStarter(['-version'])).stdout, new RegExp(`Eyrie ${version}\\b`));
  });

  test('have a code cache that V8 accepts', async () => {
    for (const name of PROGRAMS) {
      const { status, stdout } = await runNode(LIB, 'code-cache.cjs', 'check', name);
      assert.equal(status, 0, stdout);
    }
  });

  test('have caches under the hash of their bundle, which the loader knows, and of this node', () => {
    const node = `${process.versions.node}-${statSync(process.execPath).size}`;
    const loader = readFileSync(path.join(LIB, 'loader.cjs'), 'utf8');
    const expected = PROGRAMS.map((name) => {
      const bundle = readFileSync(path.join(LIB, `${name}.cjs`));
      const hash = createHash('sha256').update(bundle).digest('hex').slice(0, 16);
      assert.ok(loader.includes(hash), `no ${hash} in the loader`);
      return `${name}.${hash}.${node}.cache`;
    });
    assert.deepEqual([...caches(LIB)].sort(), expected.sort());
  });

  test('run without a cache, with an empty one and with a foreign one', async (t) => {
    const tree = copyTree(t);
    const lib = path.join(tree, 'lib/eyrie');
    const [cache] = caches(lib).filter((name) => name.startsWith('eyrie.'));
    const file = path.join(lib, cache!);
    const version = [path.join(tree, 'bin/eyrie'), '--version'];
    const good = readFileSync(file);
    rmSync(file);
    assert.equal((await runCommand(version)).status, 0);
    writeFileSync(file, '');
    assert.equal((await runCommand(version)).status, 0);
    // The first eight bytes say which V8 made it.
    writeFileSync(file, Buffer.concat([Buffer.alloc(8, 0x5a), good.subarray(8)]));
    assert.equal((await runCommand(version)).status, 0);
    assert.equal((await runNode(lib, 'code-cache.cjs', 'check', 'eyrie')).status, 1);
  });

  test('pass over a cache of another node, which V8 would take and then crash', async (t) => {
    const tree = copyTree(t);
    const lib = path.join(tree, 'lib/eyrie');
    for (const name of caches(lib)) {
      const file = path.join(lib, name);
      const foreign = name.replace(/\.\d+\.\d+\.\d+-\d+\.cache$/, '.20.0.0-1.cache');
      assert.notEqual(foreign, name);
      renameSync(file, path.join(lib, foreign));
    }
    assert.equal((await runNode(lib, 'code-cache.cjs', 'check', 'eyrie')).status, 1);
    assert.equal((await runCommand([path.join(tree, 'bin/eyrie'), '--version'])).status, 0);
  });

  test('say which programs there are when asked for another', async () => {
    const { status, stderr } = await runNode(LIB, 'loader.cjs', 'condor_shadow');
    assert.equal(status, 1);
    assert.match(stderr, /cannot find program "condor_shadow": expected one of eyrie, condor_/);
  });

  test('run a job, and begin their log with their name and version', async (t) => {
    const { status, stderr } = await runEyrie(runWords(t, '/bin/true', ''));
    assert.equal(status, 0, stderr);
    assert.match(stderr.split('\n')[0]!, new RegExp(`Eyrie ${version}\\b`));
  });

  test('make V8 collect its heap three times at most while they run a job', async (t) => {
    const words = ['eyrie', ...runWords(t, '/bin/true', '')];
    const argv = [process.execPath, '--v8-pool-size=1', '--trace-gc', `${LIB}/loader.cjs`, ...words];
    const { status, stdout, stderr } = await runCommand(argv);
    assert.equal(status, 0, stderr);
    const collections = stdout.match(/Mark-Compact/g) ?? [];
    assert.ok(collections.length <= 3, `${collections.length} mark-compact collections`);
  });

  test('go by their own name in ps, and have six threads at most beside a job', async (t) => {
    const words = runWords(t, '/bin/sleep', '500');
    const running = startEyrie(words);
    t.after(() => running.process.kill('SIGQUIT'));
    const { pid } = running.process;
    const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    await waitUntil(() => children() !== '', "the job's first process");
    assert.equal(readFileSync(`/proc/${pid}/comm`, 'utf8'), 'eyrie\n');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '');
    assert.equal(commandLine, ['eyrie', ...words].join(' '));
    // Node's four, and two for calls that wait: one for the kernel's word that a job's memory is out.
    const threads = readdirSync(`/proc/${pid}/task`);
    assert.ok(threads.length <= 6, `${threads.length} threads`);
  });
});

describe('the built tree', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('runs jobs bound read-only at another path, the source tree out of sight', async (t) => {
    const target = temporaryDirectory(t);
    const script = `set -e
      mount --bind "$1/dist" "$2"
      mount -o remount,bind,ro "$2"
      mount -t tmpfs none "$1"
      eyrie=$2/bin/eyrie
      shift 2
      exec "$eyrie" "$@"`;
    const words = runWords(t, '/bin/true', '');
    const argv = ['unshare', '--mount', '/bin/sh', '-c', script, 'sh', TREE, target, ...words];
    const { status, stderr } = await runCommand(argv);
    assert.equal(status, 0, stderr);
  });
});
