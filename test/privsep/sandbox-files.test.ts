/** The files of a sandbox that privileged steps made: as root, and rootless as an ordinary user. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import { ownHands } from '../../src/privsep/own-hands';
import { program, runProgram, suite } from '../kernel/support/program';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const NOBODY = 65534;

interface Task {
  readonly kind: 'root' | 'rootless';
  readonly executeDirectory: string;
  /** What takes the sandbox' place at its path before its files are opened. */
  readonly exchanged?: string;
}

program(async (input) => {
  const { kind, executeDirectory, exchanged } = input as Task;
  const steps = ownHands(kind);
  const sandbox = await steps.makeSandbox({
    executeDirectory,
    name: 'dir_1',
    owner: { uid: NOBODY, gid: NOBODY },
    mode: 0o700,
    files: [{ name: '.job.ad', mode: 0o644, text: 'A = 1\n' }],
  });
  if (!sandbox.ok) throw new Error(sandbox.error.message);
  if (exchanged !== undefined) {
    fs.renameSync(sandbox.value.path, `${executeDirectory}/moved`);
    fs.symlinkSync(exchanged, sandbox.value.path);
  }
  const owner = { uid: NOBODY, gid: NOBODY, groups: [24], names: ['/scratch'] };
  const files = await steps.openSandboxFiles(sandbox.value, owner);
  if (!files.ok) throw new Error(files.error.call);
  const written = await files.value.writeFile('in/f', undefined, Buffer.from('input'));
  fs.symlinkSync('/scratch/in/f', `${executeDirectory}/${exchanged ? 'moved' : 'dir_1'}/link`);
  const read = await files.value.readFile('link');
  const list = await files.value.list('');
  files.value.close();
  const place = exchanged ? 'moved' : 'dir_1';
  const { uid } = fs.statSync(`${executeDirectory}/${place}/in/f`);
  const before = fs.readdirSync('/proc/self/fd').length;
  const removed = await steps.removeSandbox(sandbox.value);
  const after = fs.readdirSync('/proc/self/fd').length;
  return {
    written: written.ok,
    text: read.ok && read.value.kind === 'read' ? read.value.bytes.toString() : read,
    names: list.ok ? list.value.map(({ path }) => path) : [],
    uid,
    removed: removed.ok,
    descriptorsClosed: before - after >= 1,
  };
});

suite("a sandbox' files", { skip: skipIf(needsRoot()) }, () => {
  const expected = {
    written: true,
    text: 'input',
    names: ['.job.ad', 'in', 'link'],
    uid: NOBODY,
    removed: true,
    descriptorsClosed: true,
  };

  test("are touched with the job's ids by a starter that is root", async (t: TestContext) => {
    const executeDirectory = temporaryDirectory(t, { mode: 0o700 });
    assert.deepEqual(await runProgram({ kind: 'root', executeDirectory }), expected);
    assert.deepEqual(fs.readdirSync(executeDirectory), []);
  });

  test("are touched with a rootless starter's own ids", async (t: TestContext) => {
    const executeDirectory = temporaryDirectory(t, { uid: NOBODY });
    const task = { kind: 'rootless', executeDirectory };
    assert.deepEqual(await runProgram(task, { uid: NOBODY }), expected);
  });

  test('are those of the directory that was made, whatever is at its path by now', async (t: TestContext) => {
    const executeDirectory = temporaryDirectory(t, { mode: 0o1777 });
    const elsewhere = temporaryDirectory(t, { uid: NOBODY });
    const task = { kind: 'root', executeDirectory, exchanged: elsewhere };
    assert.deepEqual(await runProgram(task), expected);
    assert.deepEqual(fs.readdirSync(elsewhere), []);
  });
});
