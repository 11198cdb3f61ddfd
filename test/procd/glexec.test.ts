/** Families that glexec has started, in the dialects that had them: a helper program signals them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { dialectOf } from '../../src/family/wire';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { connectTo, membersOf, startOurProcd } from './support/our-procd';
import { startShell } from './support/shells';

/** Writes down what it was called with, and signals nobody. */
const RECORDER = '#!/bin/sh\necho "$@" >>"$0.calls"\n';

const LEGACY = dialectOf('8.0.0')!;

async function serve(t: TestContext, numbers: readonly string[]) {
  const directory = temporaryDirectory(t);
  const helper = `${directory}/condor_glexec_kill`;
  writeFileSync(helper, RECORDER, { mode: 0o755 });
  const flags = ['--dialect', '8.0.0', '-I', helper, '/opt/glexec', ...numbers];
  const procd = await startOurProcd(t, { directory, flags });
  const calls = (): readonly string[] =>
    existsSync(`${helper}.calls`) ? readFileSync(`${helper}.calls`, 'utf8').trim().split('\n') : [];
  return { procd, calls, ...connectTo(t, procd.address, LEGACY) };
}

describe('a family of glexec', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('is signalled by the helper, once for each member, and by nobody else', async (t) => {
    const { ask, calls, register } = await serve(t, ['3', '5']);
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await ask({ command: 'use-glexec', root: shell.pid, proxy: '/tmp/proxy 1' });
    await shell.tell('sleep 300 & sleep 300 &');
    await ask({ command: 'kill-family', root: shell.pid });
    const members = await membersOf(ask, shell.pid);
    assert.equal(members.length, 3);
    const expected = members.map((pid) => `/opt/glexec /tmp/proxy 1 ${pid} 9 3 5`);
    assert.deepEqual(calls().toSorted(), expected.toSorted());
    for (const pid of members) assert.ok(isAlive(pid));
  });

  test('gets a signal to its root by the helper as well', async (t) => {
    const { ask, calls, register } = await serve(t, []);
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await ask({ command: 'use-glexec', root: shell.pid, proxy: '/tmp/proxy' });
    await ask({ command: 'signal-process', root: shell.pid, signal: 15 });
    assert.deepEqual(calls(), [`/opt/glexec /tmp/proxy ${shell.pid} 15`]);
  });

  test('is one of which procd was told; others are signalled as ever', async (t) => {
    const { ask, calls, register } = await serve(t, []);
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await ask({ command: 'kill-family', root: shell.pid });
    assert.equal((await shell.ended).signal, 'SIGKILL');
    assert.deepEqual(calls(), []);
  });

  test('is refused without -I, and for a family that is not there', async (t) => {
    const { result } = await serve(t, []);
    const request = { command: 'use-glexec', proxy: '/tmp/proxy' } as const;
    assert.equal(await result({ ...request, root: 4_000_000 }), 'family-not-found');
    assert.equal(await result({ ...request, root: 0 }), 'family-not-found');
    const without = await startOurProcd(t, { flags: ['--dialect', '8.0.0'] });
    const client = connectTo(t, without.address, LEGACY);
    assert.equal(await client.result({ ...request, root: 0 }), 'no-glexec');
  });

  test("is nothing that today's dialect knows", async (t) => {
    const words = ['-A', `${temporaryDirectory(t)}/procd`, '-I', '/bin/true', '/bin/true'];
    const { status, stderr } = await runCommand([program('condor_procd'), ...words]);
    assert.equal(status, 1);
    assert.match(stderr, /-I: this dialect has no glexec/);
  });
});
