/**
 * The start-up snapshots: that the launcher takes the right ones, and that nothing in them is of the
 * process that made them.
 */
import assert from 'node:assert/strict';
import {
  chownSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, runCommand } from '../support/command';
import { startEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';

/** A copy of the built tree in which nothing starts but from a snapshot. */
function treeWithoutLoader(t: TestContext): string {
  const tree = temporaryDirectory(t);
  for (const part of ['bin', 'lib', 'libexec']) {
    cpSync(path.join(TREE, 'dist', part), path.join(tree, part), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
  rmSync(path.join(tree, 'lib/eyrie/loader.cjs'));
  writeFileSync(path.join(tree, 'lib/eyrie/loader.cjs'), "console.log('the loader')");
  return tree;
}

function snapshotOf(tree: string, program: string): string {
  const lib = path.join(tree, 'lib/eyrie');
  const names = readdirSync(lib).filter((name) => /^\w+\.[0-9a-f]{16}\.snapshot$/.test(name));
  const [name, ...others] = names.filter((each) => each.startsWith(`${program}.`));
  assert.ok(name !== undefined && others.length === 0, names.join());
  return path.join(lib, name);
}

async function version(tree: string): Promise<string> {
  const { status, stdout, stderr } = await runCommand([path.join(tree, 'bin/eyrie'), '--version']);
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('the launcher', { skip: skipIf(needsProduct()) }, () => {
  test('starts each program from its snapshot, with the arguments as they are', async (t) => {
    const tree = treeWithoutLoader(t);
    assert.match(await version(tree), /^eyrie \d/);
    const starter = path.join(tree, 'bin/condor_starter');
    assert.match((await runCommand([starter, '-version'])).stdout, /^Eyrie \d/);
    const words = ['classad', 'eval', '--', '-1 * 2', '"a b"'];
    const { stdout } = await runCommand([path.join(tree, 'bin/eyrie'), ...words]);
    assert.equal(stdout, '-2\n"a b"\n');
  });

  test('takes the loader where the bundle is another one than the snapshot was made of', async (t) => {
    const tree = treeWithoutLoader(t);
    const bundle = path.join(tree, 'lib/eyrie/eyrie.cjs');
    const { atime, mtime } = statSync(bundle);
    utimesSync(bundle, atime, new Date(mtime.getTime() + 2000));
    assert.equal(await version(tree), 'the loader\n');
    utimesSync(bundle, atime, mtime);
    assert.match(await version(tree), /^eyrie/);
    writeFileSync(bundle, ' ', { flag: 'a' });
    utimesSync(bundle, atime, mtime);
    assert.equal(await version(tree), 'the loader\n');
  });

  test('takes the loader where the snapshot is for another machine or another node', async (t) => {
    const tree = treeWithoutLoader(t);
    const snapshot = snapshotOf(tree, 'eyrie');
    renameSync(snapshot, path.join(path.dirname(snapshot), 'eyrie.0123456789abcdef.snapshot'));
    assert.equal(await version(tree), 'the loader\n');
  });
});

describe('the launcher, started by root', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('refuses a snapshot that belongs to somebody else', async (t) => {
    const tree = treeWithoutLoader(t);
    chownSync(snapshotOf(tree, 'eyrie'), 65534, 65534);
    const { status, stderr } = await runCommand([path.join(tree, 'bin/eyrie'), '--version']);
    assert.equal(status, 125);
    assert.match(stderr, /\.snapshot: it belongs neither to root nor to this program's owner/);
  });
});

function jobAd(t: TestContext, command: string, args: string): string {
  const file = path.join(temporaryDirectory(t), 'job.ad');
  writeFileSync(file, `Cmd = "${command}"\nArguments = "${args}"\nIwd = "/"\n`);
  return file;
}

describe('a program from a snapshot', { skip: skipIf(needsProduct()) }, () => {
  /** Runs a job that tells what it was given; gives its words and the log. */
  async function tell(t: TestContext, env: Readonly<Record<string, string>> = {}) {
    const execute = temporaryDirectory(t);
    const directory = temporaryDirectory(t);
    const ad = `Cmd = "/bin/sh"\nArguments = "-c 'echo $_CONDOR_SCRATCH_DIR; pwd -P'"\nIwd = "."\n`;
    writeFileSync(path.join(directory, 'job.ad'), `${ad}RequestCpus = 1\n`);
    const words = ['run', '-t', '-d', 'D_PID', 'job.ad'];
    const { status, stdout, stderr } = await runCommand(
      [path.join(treeWithoutLoader(t), 'bin/eyrie'), ...words],
      { cwd: directory, env: { ...CLEAN_ENVIRONMENT, _CONDOR_EXECUTE: execute, ...env } },
    );
    assert.equal(status, 0, stderr);
    return { words: stdout.split('\n'), log: stderr, directory, execute };
  }

  test('has the environment, the directory and the pid of its own process', async (t) => {
    const runs = [await tell(t), await tell(t)];
    for (const { words, directory, execute } of runs) {
      assert.equal(path.dirname(words[0] ?? ''), execute);
      assert.equal(words[1], directory);
    }
    const pids = runs.map(({ log }) => /starter, pid (\d+)/.exec(log)?.[1]);
    assert.ok(pids[0] !== undefined && pids[0] !== pids[1], pids.join());
  });

  test('has the clock and the time zone of its own process', async (t) => {
    const hours = async (TZ: string) => {
      const { log } = await tell(t, { TZ });
      const [, hour, minute] = /^\S+ (\d\d):(\d\d):/.exec(log) ?? [];
      return Number(hour) * 60 + Number(minute);
    };
    const apart = ((await hours('Asia/Tokyo')) - (await hours('UTC')) + 1440) % 1440;
    assert.ok(apart === 540 || apart === 539, `Tokyo is ${apart} minutes before Greenwich`);
    const now = new Date();
    const late = (now.getUTCHours() * 60 + now.getUTCMinutes() - (await hours('UTC')) + 1440) % 1440;
    assert.ok(late <= 1 || late === 1439, `the log is ${late} minutes late`);
  });

  test('draws other random numbers each time', async (t) => {
    const eyrie = path.join(treeWithoutLoader(t), 'bin/eyrie');
    const draw = () => runCommand([eyrie, 'classad', 'eval', 'random(1000000000)']);
    assert.notEqual((await draw()).stdout, (await draw()).stdout);
  });

  test("can load node's modules that are not in the snapshot, and warns of nothing", async (t) => {
    const eyrie = path.join(treeWithoutLoader(t), 'bin/eyrie');
    const { status, stdout, stderr } = await runCommand([eyrie, 'run', '--help']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /JOB_AD/);
    assert.equal(stderr, '');
    const trial = await runCommand([eyrie, 'doctor']);
    assert.doesNotMatch(trial.stdout + trial.stderr, /Warning|snapshot/);
  });

  test('shares what node keeps of it with the other starters while a job runs', async (t) => {
    const running = startEyrie(['run', '-t', '--execute', temporaryDirectory(t), jobAd(t, '/bin/sleep', '500')]);
    t.after(() => running.process.kill('SIGQUIT'));
    const file = snapshotOf(path.join(TREE, 'dist'), 'eyrie').replace('.snapshot', '.heap');
    const mapping = (): string | undefined =>
      readFileSync(`/proc/${running.process.pid}/smaps`, 'utf8')
        .split(/^(?=[0-9a-f]+-)/m)
        .find((each) => each.includes(file));
    await waitUntil(() => mapping() !== undefined, 'the mapping of the heap file');
    const [, pages] = /^Size: +(\d+)/m.exec(mapping() ?? '') ?? [];
    assert.ok(Number(pages) * 1024 > statSync(file).size - 3 * 4096, pages);
    assert.match(mapping() ?? '', /^Private_Dirty: +0 kB/m);
  });

  test('has the bytecode of almost all functions that running a job calls', async (t) => {
    const lib = path.join(treeWithoutLoader(t), 'lib/eyrie');
    const log = path.join(temporaryDirectory(t), 'v8.log');
    const node = [
      ...[process.execPath, '--no-warnings', '--v8-pool-size=1', '--log-function-events'],
      ...['--no-logfile-per-isolate', `--logfile=${log}`, '--snapshot-blob', `${lib}/logging`],
    ];
    const job = ['run', '-t', '--execute', temporaryDirectory(t), jobAd(t, '/bin/true', '')];
    // V8 takes caches and snapshots only from runs with the same flags.
    const cache = [...node.slice(0, -2), `${lib}/code-cache.cjs`, 'make', 'eyrie', ...job];
    const snapshot = [...node, '--build-snapshot', `${lib}/snapshot.cjs`, 'eyrie', `${lib}/fifo`];
    await runCommand(['mkfifo', `${lib}/fifo`]);
    for (const argv of [cache, snapshot, [...node, `${lib}/eyrie.cjs`, ...job]]) {
      rmSync(log, { force: true });
      const { status, stderr } = await runCommand(argv);
      assert.equal(status, 0, stderr);
    }
    const events = readFileSync(log, 'utf8').split('\n');
    const compiled = events.filter((event) => event.startsWith('function,interpreter,'));
    assert.ok(events.some((event) => event.startsWith('function,first-execution,')));
    assert.ok(compiled.length < 80, compiled.map((event) => event.split(',').at(-1)).join(' '));
  });

  test("is without the bytecode of node's other modules, which would double it", (t) => {
    const size = statSync(snapshotOf(treeWithoutLoader(t), 'eyrie')).size;
    assert.ok(size < 6e6, `${size} bytes`);
  });
});
