/** Which processes our procd takes for members of a family, on the machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { burn } from '../support/burn';
import { asUser, CLEAN_ENVIRONMENT, startCommand } from '../support/command';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { isAlive, noProcessLeft } from '../support/processes';
import { waitUntil } from '../support/wait';
import { membersOf, serveAndConnect } from './support/our-procd';
import { startShell } from './support/shells';

const NOBODY = 65534;
const FIRST = '_CONDOR_ANCESTOR_100=200:1700000000:1';
const SECOND = '_CONDOR_ANCESTOR_200=300:1700000001:2';

/** A process that no family can know by its parents: its parent ended before anybody looked. */
async function orphan(
  t: TestContext,
  environment: Readonly<Record<string, string>> = {},
  prefix: readonly string[] = [],
): Promise<number> {
  const script = 'setsid sleep 300 >/dev/null 2>&1 & echo $!';
  const [file, ...words] = [...prefix, 'sh', '-c', script];
  const child = spawn(file, words, {
    env: { ...CLEAN_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await waitUntil(() => text.endsWith('\n') && child.exitCode !== null, 'an orphan');
  const pid = Number(text);
  t.after(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

function entries(...texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => text.split('=') as [string, string]));
}

/** A procd of a family whose top is a process beside the test: what the test starts is a stranger. */
async function serveBeside(t: TestContext, flags: readonly string[] = []) {
  const top = startShell(t);
  const served = await serveAndConnect(t, { flags: ['-P', `${top.pid}`, ...flags] });
  const members = async (): Promise<readonly number[]> => {
    await served.ask({ command: 'take-snapshot' });
    return membersOf(served.ask, top.pid);
  };
  return { ...served, top, members };
}

describe('our procd tracks', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  for (const [what, environment, isMember] of [
    ['all entries of the record', [FIRST, SECOND], true],
    ['all of them and another', ['_CONDOR_ANCESTOR_9=9:9:9', SECOND, FIRST], true],
    ['some of them', [FIRST], false],
    ['none', [], false],
    ['one of them with another number', [FIRST, `${SECOND}3`], false],
  ] as const) {
    test(`orphans whose environment has ${what}: ${isMember ? 'yes' : 'no'}`, async (t) => {
      const { ask, members } = await serveBeside(t);
      await ask({ command: 'track-environment', root: 0, ancestors: [FIRST, SECOND] });
      const pid = await orphan(t, entries(...environment));
      // In the middle of execve(2) it has none yet.
      if (isMember) await waitUntil(async () => (await members()).includes(pid), 'its membership');
      else assert.ok(!(await members()).includes(pid));
    });
  }

  test('who had no environment when it was first seen, as in the middle of execve(2)', async (t) => {
    const { ask, members } = await serveBeside(t);
    await ask({ command: 'track-environment', root: 0, ancestors: [FIRST, SECOND] });
    const script = `read go; export ${FIRST} ${SECOND}; exec sleep 300`;
    const child = spawn('/bin/sh', ['-c', script], {
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    const pid = child.pid ?? 0;
    assert.ok(!(await members()).includes(pid));
    child.stdin.write('go\n');
    await waitUntil(async () => (await members()).includes(pid), 'its membership');
  });

  test('orphans of a login', async (t) => {
    const { ask, members } = await serveBeside(t);
    await ask({ command: 'track-login', root: 0, login: 'nobody' });
    const [theirs, mine] = [await orphan(t, {}, asUser(NOBODY, [])), await orphan(t)];
    const found = await members();
    assert.deepEqual([found.includes(theirs), found.includes(mine)], [true, false]);
  });

  test('nobody by a login that does not exist', async (t) => {
    const { members, result } = await serveBeside(t);
    assert.equal(
      await result({ command: 'track-login', root: 0, login: 'no-such-login' }),
      'success',
    );
    const pid = await orphan(t);
    assert.ok(!(await members()).includes(pid));
  });

  test('orphans of a group that it has allocated', async (t) => {
    const { ask, members } = await serveBeside(t, ['-G', '750000', '750001']);
    const reply = await ask({ command: 'track-allocated-group', root: 0 });
    assert.ok(reply.body === 'group' && reply.gid === 750000);
    const setGroups = (gid: number) => ['setpriv', `--groups=${gid}`, '--'];
    const [member, other] = [
      await orphan(t, {}, setGroups(750000)),
      await orphan(t, {}, setGroups(750001)),
    ];
    const found = await members();
    assert.deepEqual([found.includes(member), found.includes(other)], [true, false]);
  });

  test('what a member has forked, whatever became of the parent, and when', async (t) => {
    const { ask, register } = await serveAndConnect(t);
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    await shell.tell('(setsid env -i sh -c "sleep 301 & sleep 302 & exit" >/dev/null 2>&1 &)');
    await waitUntil(async () => {
      await ask({ command: 'take-snapshot' });
      return (await membersOf(ask, shell.pid)).length === 3;
    }, 'the shell and both sleeps, and nobody else');
  });

  test('none of the children that a root had before it was registered', async (t) => {
    const { ask, register } = await serveAndConnect(t);
    const shell = startShell(t);
    await shell.tell('sleep 300 & before=$!');
    assert.equal(await register(shell.pid), 'success');
    await shell.tell('sleep 300 &');
    await ask({ command: 'take-snapshot' });
    assert.equal((await membersOf(ask, shell.pid)).length, 2);
  });

  test('processes on a machine where somebody has a very long ancestor variable', async (t) => {
    const { ask, members } = await serveBeside(t);
    await ask({ command: 'track-environment', root: 0, ancestors: [FIRST] });
    const long = { [`_CONDOR_ANCESTOR_${'7'.repeat(300)}`]: 'x'.repeat(3000) };
    const pid = await orphan(t, { ...long, ...entries(FIRST) });
    assert.ok((await members()).includes(pid));
  });
});

describe('a family of our procd', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  for (const [what, watcher] of [
    ['that is older than its root stays', 'older'],
    ['of pid 0 stays', 'none'],
    ['that does not exist is accepted, and goes with the next snapshot', 'missing'],
    ['that is younger than its root is accepted, and goes with the next snapshot', 'younger'],
  ] as const) {
    test(`with a watcher ${what}`, async (t) => {
      const { ask, register, result } = await serveAndConnect(t);
      const shell = startShell(t);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const pids = { older: process.pid, none: 0, missing: 4194303, younger: startShell(t).pid };
      assert.equal(await register(shell.pid, pids[watcher]), 'success');
      await ask({ command: 'take-snapshot' });
      const stays = watcher === 'older' || watcher === 'none';
      const usage = await result({ command: 'get-usage', root: shell.pid });
      assert.equal(usage, stays ? 'success' : 'family-not-found');
    });
  }

  for (const [kills, flags] of [
    [false, []],
    [true, ['--kill-orphaned-families']],
  ] as const) {
    test(`${kills ? 'dies' : 'falls to the family above'} when its watcher ends${kills ? ', with that flag' : ''}`, async (t) => {
      const { ask, register, result } = await serveAndConnect(t, { flags });
      const watcher = startShell(t);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const shell = startShell(t);
      assert.equal(await register(shell.pid, watcher.pid), 'success');
      await shell.tell('setsid env -i sleep 300 >/dev/null 2>&1 & sleep 300 &');
      watcher.kill();
      await waitUntil(
        async () => (await result({ command: 'get-usage', root: shell.pid })) !== 'success',
        'the family to be given up',
      );
      if (kills) {
        await noProcessLeft(shell.marker);
        return;
      }
      await ask({ command: 'take-snapshot' });
      assert.ok((await membersOf(ask, 0)).includes(shell.pid));
      assert.ok(isAlive(shell.pid));
    });
  }

  test('counts what its members used and those below it, also after they ended or were given up', async (t) => {
    const { ask, register } = await serveAndConnect(t);
    const shell = startShell(t);
    assert.equal(await register(shell.pid), 'success');
    // Eight of them, each of less than a second, and none alive at a snapshot.
    for (let index = 0; index < 8; index += 1) await shell.tell(`sh -c '${burn(0.2)}'`);
    const cpu = async (root: number): Promise<number> => {
      const { usage } = (await ask({ command: 'get-usage', root })) as {
        usage: { userCpu: number; systemCpu: number };
      };
      return usage.userCpu + usage.systemCpu;
    };
    await ask({ command: 'take-snapshot' });
    const used = await cpu(shell.pid);
    assert.ok(used >= 1, `${used} s`);
    const above = await cpu(0);
    assert.ok(above >= used);
    await ask({ command: 'kill-family', root: shell.pid });
    assert.ok((await cpu(shell.pid)) >= used);
    await ask({ command: 'unregister-family', root: shell.pid });
    assert.ok((await cpu(0)) >= above);
  });

  test('has its proportional set size where USE_PSS says so', async (t) => {
    const { ask } = await serveAndConnect(t, { environment: { _condor_USE_PSS: 'TRUE' } });
    const reply = await ask({ command: 'get-usage', root: 0 });
    assert.ok(reply.body === 'usage');
    assert.ok(
      reply.usage.proportional! > 1000 && reply.usage.proportional! < reply.usage.resident!,
    );
    const without = await serveAndConnect(t);
    const plain = await without.ask({ command: 'get-usage', root: 0 });
    assert.ok(plain.body === 'usage' && plain.usage.proportional === undefined);
  });

  test('of everybody is not killed with procd itself in it', async (t) => {
    const top = startCommand(['sh', '-c', 'read line'], { keepInputOpen: true, input: '' });
    t.after(() => top.process.kill('SIGKILL'));
    const { procd, result } = await serveAndConnect(t, { flags: ['-P', `${top.process.pid}`] });
    assert.equal(await result({ command: 'kill-family', root: 0 }), 'success');
    assert.equal((await top.ended).signal, 'SIGKILL');
    assert.equal(await result({ command: 'take-snapshot' }), 'success');
    assert.ok(readFileSync(`/proc/${procd.pid}/comm`, 'utf8').startsWith('condor_procd'));
  });
});
