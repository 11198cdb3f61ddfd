/**
 * `make` in a source archive: no .git, another place, and no more done than needed.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, runCommand } from '../support/command';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';

const NOT_IN_AN_ARCHIVE = ['.git', 'build', 'dist', 'node_modules'];

/** Unpacks "the archive"; the libraries are there already, as after `npm ci`. */
function unpack(t: TestContext): string {
  const tree = path.join(temporaryDirectory(t), 'eyrie-1.0');
  cpSync(TREE, tree, {
    recursive: true,
    preserveTimestamps: true,
    filter: (file) => !NOT_IN_AN_ARCHIVE.includes(path.relative(TREE, file)),
  });
  symlinkSync(path.join(TREE, 'node_modules'), path.join(tree, 'node_modules'));
  return tree;
}

async function make(tree: string, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(['make', ...words], {
    cwd: tree,
    env: { ...CLEAN_ENVIRONMENT, HOME: tree },
    timeout: 250,
  });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** When each file of a directory was written, by name. */
function times(directory: string): Readonly<Record<string, number>> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names.map((name) => [name, statSync(path.join(directory, name)).mtimeMs]),
  );
}

describe('make, in a source archive', () => {
  test('builds, does nothing twice, rebuilds what changed, and installs', async (t) => {
    const tree = unpack(t);
    const dist = path.join(tree, 'dist');
    await make(tree);
    const built = times(dist);
    assert.ok('bin/eyrie' in built && 'libexec/eyrie/eyrie-init' in built);

    await make(tree);
    assert.deepEqual(times(dist), built, 'the second make wrote files');

    const later = new Date(Date.now() + 2000);
    utimesSync(path.join(tree, 'src/version.ts'), later, later);
    await make(tree, 'programs');
    const rebuilt = Object.entries(times(dist)).filter(([name, time]) => built[name] !== time);
    assert.ok(rebuilt.some(([name]) => name === 'lib/eyrie/eyrie.cjs'));
    assert.ok(rebuilt.every(([name]) => name.startsWith('lib/')), rebuilt.join());

    await make(tree);
    await install(t, tree);
  });

  test('says what it can do', async () => {
    const help = await make(TREE, 'help');
    for (const target of ['all', 'run', 'test', 'bench', 'install', 'clean', 'help']) {
      assert.match(help, new RegExp(`^ {2}make ${target} `, 'm'));
    }
  });
});

/** Installs twice, with a configuration file that was changed in between. */
async function install(t: TestContext, tree: string): Promise<void> {
  const root = temporaryDirectory(t);
  const words = ['install', `DESTDIR=${root}`, 'PREFIX=/opt/eyrie'];
  await make(tree, ...words);
  const prefix = path.join(root, 'opt/eyrie');
  const { stdout, stderr } = await runCommand([path.join(prefix, 'bin/eyrie'), '--version']);
  assert.match(stdout, /^eyrie \d/, stderr);
  const names = readdirSync(path.join(prefix, 'lib/eyrie'));
  const caches = names.filter((name) => name.endsWith('.cache')).map((name) => name.split('.')[0]);
  assert.deepEqual(caches.sort(), readdirSync(path.join(prefix, 'bin')).sort());

  const [example] = readdirSync(path.join(prefix, 'etc/eyrie/examples'));
  const file = path.join(prefix, 'etc/eyrie/examples', example!);
  appendFileSync(file, '# the site was here\n');
  await make(tree, ...words);
  assert.match(readFileSync(file, 'utf8'), /# the site was here/);
  assert.doesNotMatch(readFileSync(`${file}.new`, 'utf8'), /# the site was here/);
}
