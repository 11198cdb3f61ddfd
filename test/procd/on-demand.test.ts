/** procd as Eyrie starts it: for whoever needs one, and no longer. */
import assert from 'node:assert/strict';
import { chownSync, existsSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CURRENT_DIALECT, encodeRequest } from '../../src/family/wire';
import { asUser, runCommand, startCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { isAlive, noProcessLeft } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import {
  isServed,
  membersOf,
  rawReplyPipe,
  serveAndConnect,
  startOurProcd,
  writeRaw,
} from './support/our-procd';
import { startShell } from './support/shells';

const NOBODY = 65534;

function isOf(pid: number, uid: number): boolean {
  return statSync(`/proc/${pid}`).uid === uid;
}

describe('a procd on demand', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('takes any process of any user, where it is root', async (t) => {
    const { ask, register } = await serveAndConnect(t, { flags: ['--on-demand'] });
    const theirs = startCommand(asUser(NOBODY, ['sleep', '300']));
    t.after(() => theirs.process.kill('SIGKILL'));
    assert.equal(await register(theirs.process.pid!), 'success');
    assert.deepEqual(await membersOf(ask, theirs.process.pid!), [theirs.process.pid]);
  });

  test("takes its user's processes only, where it is not", async (t) => {
    const directory = temporaryDirectory(t, { uid: NOBODY });
    const { address } = await startOurProcd(t, { directory, flags: ['--on-demand'], uid: NOBODY });
    const register = async (root: number, serial: number): Promise<number> => {
      const pipe = rawReplyPipe(t, address, serial);
      chownSync(`${address}.${process.pid}.${serial}`, NOBODY, NOBODY);
      const request = { command: 'register-subfamily', root, watcher: 0, interval: -1 } as const;
      const bytes = encodeRequest(CURRENT_DIALECT, { pid: process.pid, serial }, request);
      assert.ok(bytes.ok);
      writeRaw(address, bytes.value);
      return (await pipe.whole(4)).readInt32LE(0);
    };
    const [mine, theirs] = [startShell(t), startCommand(asUser(NOBODY, ['sleep', '300']))];
    t.after(() => theirs.process.kill('SIGKILL'));
    // 7: not in the tree.
    assert.equal(await register(mine.pid, 1), 7);
    await waitUntil(() => isOf(theirs.process.pid!, NOBODY), 'the other user');
    assert.equal(await register(theirs.process.pid!, 2), 0);
  });

  test('is one: of two that start at once one serves, and the other ends with status 0', async (t) => {
    const directory = temporaryDirectory(t);
    // Long enough for the second one to come late on a busy machine.
    const idle = ['--idle', '8'];
    const argv = [program('condor_procd'), '-A', `${directory}/procd`, '--on-demand', ...idle];
    const both = [startCommand(argv), startCommand(argv)];
    const first = await Promise.race(both.map(({ ended }) => ended));
    assert.equal(first.status, 0, first.stderr);
    assert.equal(first.stderr, '');
    // The other one has the lock, and may still be about to serve.
    await waitUntil(() => isServed(`${directory}/procd`), 'the other one to serve');
    for (const { ended } of both) assert.equal((await ended).status, 0);
    assert.ok(!existsSync(`${directory}/procd`));
  });

  test('ends once nobody has had a family or a wish for the time of --idle', async (t) => {
    const { procd, register, result } = await serveAndConnect(t, {
      flags: ['--on-demand', '--idle', '1'],
    });
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(procd.process.exitCode, null);
    assert.equal(await result({ command: 'unregister-family', root: shell.pid }), 'success');
    assert.equal((await procd.ended).status, 0);
    assert.ok(!existsSync(procd.address) && !existsSync(`${procd.address}.state`));
  });

  test('kills a family whose watcher dies, all of it', async (t) => {
    const { procd, register } = await serveAndConnect(t, { flags: ['--on-demand', '--idle', '1'] });
    const watcher = startShell(t);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const shell = startShell(t);
    assert.equal(await register(shell.pid, watcher.pid), 'success');
    await shell.tell('(setsid sleep 300 >/dev/null 2>&1 &) ; sleep 300 &');
    watcher.kill();
    await noProcessLeft(shell.marker);
    assert.equal((await procd.ended).status, 0);
  });

  test('does not watch over what is of nobody: -P is refused', async (t) => {
    const argv = [
      program('condor_procd'),
      '-A',
      `${temporaryDirectory(t)}/p`,
      '--on-demand',
      '-P',
      '2',
    ];
    const { status, stderr } = await runCommand(argv);
    assert.equal(status, 1);
    assert.match(stderr, /exclude each other/);
  });

  test('lets go of the processes of a family that is given up', async (t) => {
    const { ask, register } = await serveAndConnect(t, { flags: ['--on-demand'] });
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await shell.tell('sleep 300 &');
    await ask({ command: 'unregister-family', root: shell.pid });
    await ask({ command: 'kill-family', root: 0 });
    assert.ok(isAlive(shell.pid));
    assert.equal(await register(shell.pid), 'success');
    await waitUntil(async () => (await membersOf(ask, shell.pid)).length > 0, 'a member');
  });
});

describe('a procd of the parent', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('never ends because nobody asks for anything', async (t) => {
    const procd = await startOurProcd(t, { flags: ['--idle', '1'] });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(procd.process.exitCode, null);
  });
});
