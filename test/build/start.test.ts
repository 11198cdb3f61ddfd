/**
 * The launcher of native/start/start.c, put into trees of its own with a loader that tells how it
 * was called.
 */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, type CommandResult, runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

/** What the loader of these trees prints. */
interface Report {
  readonly argv: readonly string[];
  readonly argv0: string;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const LOADER = `const { argv, argv0, execPath, execArgv, env } = process;
console.log(JSON.stringify({ argv, argv0, execPath, execArgv, env }));`;

const NOBODY = 65534;

/** A tree with the launcher as bin/NAME and the loader above; gives the launcher's path. */
function makeTree(t: TestContext, name = 'eyrie'): string {
  const tree = temporaryDirectory(t);
  for (const directory of ['bin', 'lib/eyrie']) {
    mkdirSync(path.join(tree, directory), { recursive: true });
  }
  writeFileSync(path.join(tree, 'lib/eyrie/loader.cjs'), LOADER);
  copyFileSync(program('eyrie'), path.join(tree, 'bin', name));
  return path.join(tree, 'bin', name);
}

function report({ status, stdout, stderr }: CommandResult): Report {
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Report;
}

describe('the launcher', { skip: skipIf(needsProduct()) }, () => {
  test('runs the loader beside it, with its own name and every argument as it was', async (t) => {
    const eyrie = makeTree(t);
    const words = ['run', '', '--', "it's", 'a b', '$HOME', '-job-input-ad', 'ä'];
    const { argv, execArgv } = report(await runCommand([eyrie, ...words]));
    const loader = path.join(path.dirname(eyrie), '../lib/eyrie/loader.cjs');
    assert.deepEqual(argv.slice(1), [path.resolve(loader), 'eyrie', ...words]);
    assert.deepEqual(execArgv, ['--v8-pool-size=1', '--preserve-symlinks-main']);
  });

  test('shows its own name to ps', async (t) => {
    const { argv0 } = report(await runCommand([makeTree(t, 'condor_starter')]));
    assert.equal(argv0, 'condor_starter');
  });

  test("takes node's variables out of the environment and leaves the others", async (t) => {
    const env = {
      ...CLEAN_ENVIRONMENT,
      NODE_OPTIONS: '--require=/nonexistent',
      NODE_EXTRA_CA_CERTS: '/nonexistent',
      NODE_PATH: '/nonexistent',
      NODE_V8_COVERAGE: '/nonexistent',
      NODE_REDIRECT_WARNINGS: '/nonexistent',
      NODE_ANYTHING_ELSE: '1',
      CONDOR_INHERIT: '1 <127.0.0.1:9618>',
      NODENAME: 'worker7',
    };
    const seen = report(await runCommand([makeTree(t)], { env })).env;
    assert.deepEqual(
      Object.keys(seen).filter((name) => name.startsWith('NODE_')),
      [],
    );
    assert.equal(seen.CONDOR_INHERIT, '1 <127.0.0.1:9618>');
    assert.equal(seen.NODENAME, 'worker7');
  });

  test('asks for one malloc arena and two pool threads', async (t) => {
    const { env } = report(await runCommand([makeTree(t)]));
    assert.equal(env.MALLOC_ARENA_MAX, '1');
    assert.equal(env.UV_THREADPOOL_SIZE, '2');
  });

  test('tells the soft limit of open files, which Node raises', async (t) => {
    const script = 'ulimit -Sn 777; exec "$0"';
    const { env } = report(await runCommand(['/bin/sh', '-c', script, makeTree(t)]));
    assert.equal(env.EYRIE_SOFT_NOFILE, '777');
  });

  test('does not look for node on PATH', async (t) => {
    const eyrie = makeTree(t);
    const evil = temporaryDirectory(t);
    writeFileSync(path.join(evil, 'node'), '#!/bin/sh\necho evil\n', { mode: 0o755 });
    const env = { ...CLEAN_ENVIRONMENT, PATH: `${evil}:/usr/bin:/bin` };
    const { execPath } = report(await runCommand([eyrie], { env }));
    assert.notEqual(path.dirname(execPath), evil);
  });

  test('finds its tree when called by a link from elsewhere', async (t) => {
    const eyrie = makeTree(t);
    const link = path.join(temporaryDirectory(t), 'starter');
    symlinkSync(eyrie, link);
    assert.equal(report(await runCommand([link])).argv[2], 'eyrie');
  });

  test('leaves inherited descriptors open: a startd hands sockets down by number', async (t) => {
    const eyrie = makeTree(t);
    const loader = path.join(path.dirname(eyrie), '../lib/eyrie/loader.cjs');
    writeFileSync(loader, `process.stdout.write(require('fs').readFileSync(7, 'utf8'))`);
    const script = 'exec "$0" 7<<EOF\ninherited\nEOF';
    const { stdout } = await runCommand(['/bin/sh', '-c', script, eyrie]);
    assert.equal(stdout, 'inherited\n');
  });

  test('says where it has to lie when it lies elsewhere', async (t) => {
    const lost = path.join(temporaryDirectory(t), 'eyrie');
    copyFileSync(program('eyrie'), lost);
    const { status, stderr } = await runCommand([lost]);
    assert.equal(status, 125);
    assert.match(stderr, /^eyrie: cannot run from .*: expected to be in a directory named bin/);
  });

  test("ends with HTCondor's general failure, 1, as condor_starter", async (t) => {
    const lost = path.join(temporaryDirectory(t), 'condor_starter');
    copyFileSync(program('condor_starter'), lost);
    assert.equal((await runCommand([lost])).status, 1);
  });
});

describe('the launcher, started by root', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('refuses a directory of programs that everybody can write', async (t) => {
    const eyrie = makeTree(t);
    chmodSync(path.join(path.dirname(eyrie), '../lib/eyrie'), 0o777);
    const { status, stderr } = await runCommand([eyrie]);
    assert.equal(status, 125);
    assert.match(stderr, /refuses as root .*lib\/eyrie: it is writable by everybody/);
  });

  test('refuses a loader that belongs to somebody else', async (t) => {
    const eyrie = makeTree(t);
    const loader = path.join(path.dirname(eyrie), '../lib/eyrie/loader.cjs');
    const script = `chown ${NOBODY} "$1" && exec "$0"`;
    const { status, stderr } = await runCommand(['/bin/sh', '-c', script, eyrie, loader]);
    assert.equal(status, 125);
    assert.match(stderr, /loader\.cjs: it belongs neither to root nor to this program's owner/);
  });

  test("runs a developer's own tree, all of which is theirs", async (t) => {
    const eyrie = makeTree(t);
    const tree = path.join(path.dirname(eyrie), '..');
    const script = `chown -R ${NOBODY} "$1" && exec "$0"`;
    report(await runCommand(['/bin/sh', '-c', script, eyrie, tree]));
  });

  test('an ordinary user runs it as well', async (t) => {
    report(await runCommand([makeTree(t)], { uid: NOBODY }));
  });

  test('names every place where it looked for node', async (t) => {
    const eyrie = makeTree(t);
    const hide =
      'for node in /usr/bin/node /usr/local/bin/node "$1"; do' +
      ' if [ -e "$node" ]; then mount --bind /dev/null "$node"; fi; done; exec "$0"';
    const hidden = ['unshare', '--mount', '/bin/sh', '-c', hide, eyrie, process.execPath];
    const { status, stderr } = await runCommand(hidden);
    assert.equal(status, 125);
    assert.match(stderr, /cannot find node: none of .*\/usr\/local\/bin\/node, \/usr\/bin\/node/);
  });
});
