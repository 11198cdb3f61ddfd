/**
 * scripts/prerequisites.sh on machines that lack something: a PATH with few programs on it.
 */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, type CommandResult, runCommand } from '../support/command';
import { needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';

const NOBODY = 65534;

/** Runs the script as an ordinary user, who cannot install, with these programs on PATH. */
function look(t: TestContext, purpose: string, programs: readonly string[]): Promise<CommandResult> {
  const bin = temporaryDirectory(t);
  for (const name of programs) {
    symlinkSync(name === 'node' ? process.execPath : `/usr/bin/${name}`, path.join(bin, name));
  }
  const command = ['/bin/sh', path.join(TREE, 'scripts/prerequisites.sh'), purpose];
  // setpriv itself is found on the path of the environment.
  return runCommand(['/usr/bin/setpriv', `--reuid=${NOBODY}`, '--clear-groups', ...command], {
    env: { ...CLEAN_ENVIRONMENT, PATH: bin },
  });
}

const BASE = ['id', 'node', 'npm', 'make', 'cc', 'c++', 'python3'];

describe('the check for what the build needs', { skip: skipIf(needsRoot()) }, () => {
  test('is silent where everything is there', async (t) => {
    const { status, stdout, stderr } = await look(t, 'build', BASE);
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  test('names what is missing and the Debian packages', async (t) => {
    const programs = BASE.filter((name) => !['make', 'c++'].includes(name));
    const { status, stderr } = await look(t, 'build', programs);
    assert.equal(status, 1);
    assert.match(stderr, /cannot build, missing:\n {2}make \(Debian package: make\)\n/);
    assert.match(stderr, / {2}c\+\+ \(Debian package: g\+\+\)/);
  });

  test('asks for more to run the tests than to build', async (t) => {
    const { status, stderr } = await look(t, 'test', BASE);
    assert.equal(status, 1);
    assert.match(stderr, /shellcheck \(Debian package: shellcheck\)/);
  });

  test('asks for debootstrap to install the test pools', async (t) => {
    const { status, stderr } = await look(t, 'pool', BASE);
    assert.equal(status, 1);
    assert.match(stderr, /debootstrap \(Debian package: debootstrap\)/);
  });

  test('asks for QEMU to boot the guest of the tests', async (t) => {
    const { status, stderr } = await look(t, 'guest', BASE);
    assert.equal(status, 1);
    assert.match(stderr, /qemu-system-x86_64 \(Debian package: qemu-system-x86\)/);
    assert.match(stderr, /cpio \(Debian package: cpio\)/);
  });

  test('names node itself', async (t) => {
    const { stderr } = await look(t, 'build', ['id', 'npm', 'make', 'cc', 'c++', 'python3']);
    assert.match(stderr, /node 20\.12 or newer \(Debian package: nodejs\)/);
  });
});
