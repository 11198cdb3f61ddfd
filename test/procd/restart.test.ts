/** A procd that is killed, and the one that comes after it: the families are there again. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { noProcessLeft, processesLeft } from '../support/processes';
import {
  connectTo,
  membersOf,
  type OurProcdOptions,
  serveAndConnect,
  startOurProcd,
} from './support/our-procd';
import { startShell } from './support/shells';

/** Kills it and starts another one at the same place. */
async function again(
  t: TestContext,
  { procd }: Awaited<ReturnType<typeof serveAndConnect>>,
  options: OurProcdOptions = {},
) {
  procd.process.kill('SIGKILL');
  await procd.ended;
  const next = await startOurProcd(t, { ...options, directory: procd.directory });
  return { procd: next, ...connectTo(t, next.address) };
}

for (const [how, flags] of [
  ['by what the kernel tells', []],
  ['on demand', ['--on-demand']],
] as const) {
  describe(
    `after a procd was killed that follows processes ${how}`,
    { skip: skipIf(needsProduct() ?? needsRoot()) },
    () => {
      test('families, their members and those below them are found again, and killed', async (t) => {
        const first = await serveAndConnect(t, { flags });
        const shell = startShell(t);
        assert.equal(await first.register(shell.pid), 'success');
        await shell.tell(
          'sleep 300 & (setsid env -i sh -c "sleep 301 & sleep 302 & exit" >/dev/null 2>&1 &) ; sleep 0.3',
        );
        await first.ask({ command: 'take-snapshot' });
        const before = await membersOf(first.ask, shell.pid);
        const second = await again(t, first, { flags });
        await shell.tell('sleep 300 &');
        await second.ask({ command: 'take-snapshot' });
        const after = await membersOf(second.ask, shell.pid);
        assert.ok(before.length >= 4);
        for (const pid of before) assert.ok(after.includes(pid), `${pid} of ${before.join(' ')}`);
        assert.equal(after.length, before.length + 1);
        await second.ask({ command: 'kill-family', root: shell.pid });
        await noProcessLeft(shell.marker);
        for (const pid of before) assert.ok(!processesLeft('sleep').some((one) => one.pid === pid));
        assert.equal(
          await second.result({ command: 'unregister-family', root: shell.pid }),
          'success',
        );
      });

      test('tags still tell who belongs where, and groups are still taken', async (t) => {
        const groups = ['-G', '750000', '750001'];
        const first = await serveAndConnect(t, { flags: [...flags, ...groups] });
        const shell = startShell(t);
        assert.equal(await first.register(shell.pid), 'success');
        await first.ask({ command: 'track-allocated-group', root: shell.pid });
        const second = await again(t, first, { flags: [...flags, ...groups] });
        const reply = await second.ask({ command: 'track-allocated-group', root: shell.pid });
        assert.ok(reply.body === 'group' && reply.gid === 750001);
      });

      test('a family whose watcher has ended meanwhile is given up', async (t) => {
        const first = await serveAndConnect(t, { flags });
        const watcher = startShell(t);
        await new Promise((resolve) => setTimeout(resolve, 50));
        const shell = startShell(t);
        assert.equal(await first.register(shell.pid, watcher.pid), 'success');
        first.procd.process.kill('SIGKILL');
        await first.procd.ended;
        watcher.kill();
        await watcher.ended;
        const next = await startOurProcd(t, { flags, directory: first.procd.directory });
        const { ask, result } = connectTo(t, next.address);
        await ask({ command: 'take-snapshot' });
        assert.equal(await result({ command: 'get-usage', root: shell.pid }), 'family-not-found');
      });
    },
  );
}

describe(
  'a family with a control group of its own',
  { skip: skipIf(needsProduct() ?? needsRoot()) },
  () => {
    test('has the same one after procd was killed, and what is in it is killed', async (t) => {
      const flags = ['--on-demand', '--cgroups', 'always'];
      const first = await serveAndConnect(t, { flags });
      const shell = startShell(t);
      assert.equal(await first.register(shell.pid), 'success');
      const groups = (): string => readFileSync(`/proc/${shell.pid}/cgroup`, 'utf8');
      const before = groups();
      assert.match(before, new RegExp(`/eyrie-family-${shell.pid}-\\d+$`, 'm'));
      const second = await again(t, first, { flags });
      assert.equal(groups(), before);
      await shell.tell('(setsid env -i sleep 301 >/dev/null 2>&1 &)');
      await second.ask({ command: 'kill-family', root: shell.pid });
      assert.equal((await shell.ended).signal, 'SIGKILL');
      assert.equal(
        await second.result({ command: 'unregister-family', root: shell.pid }),
        'success',
      );
    });
  },
);

describe('the state file', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('can be read by its user only', async (t) => {
    const { procd, register } = await serveAndConnect(t);
    await register(startShell(t).pid);
    assert.equal(statSync(`${procd.address}.state`).mode & 0o777, 0o600);
  });

  for (const [what, spoil] of [
    ['that is not one', (file: string) => writeFileSync(file, '{"version":1,"boot":7')],
    ['that others could have written', (file: string) => chmodSync(file, 0o666)],
    [
      'of another start of the machine',
      (file: string) =>
        writeFileSync(file, readFileSync(file, 'utf8').replace(/"boot":"./, '"boot":"x')),
    ],
    [
      'whose processes have other birthdays',
      (file: string) => {
        const state = JSON.parse(readFileSync(file, 'utf8')) as { families: { root: number[] }[] };
        for (const family of state.families) family.root[1]! -= 1;
        writeFileSync(file, JSON.stringify(state));
      },
    ],
  ] as const) {
    test(`${what} does no harm`, async (t) => {
      const first = await serveAndConnect(t);
      const shell = startShell(t);
      assert.equal(await first.register(shell.pid), 'success');
      first.procd.process.kill('SIGKILL');
      await first.procd.ended;
      spoil(`${first.procd.address}.state`);
      const next = await startOurProcd(t, { directory: first.procd.directory });
      const { result } = connectTo(t, next.address);
      await result({ command: 'kill-family', root: shell.pid });
      await shell.tell('true');
    });
  }
});

describe(
  'a procd whose eyrie-families was killed',
  { skip: skipIf(needsProduct() ?? needsRoot()) },
  () => {
    test('starts another one, which knows all families', async (t) => {
      const { ask, procd, register } = await serveAndConnect(t);
      const shell = startShell(t);
      assert.equal(await register(shell.pid), 'success');
      await shell.tell('sleep 300 & (setsid env -i sleep 301 >/dev/null 2>&1 &) ; sleep 0.3');
      await ask({ command: 'take-snapshot' });
      const before = await membersOf(ask, shell.pid);
      const helper = Number(readFileSync(`/proc/${procd.pid}/task/${procd.pid}/children`, 'utf8'));
      process.kill(helper, 'SIGKILL');
      await shell.tell('sleep 0.5; sleep 300 &');
      await ask({ command: 'take-snapshot' });
      const after = await membersOf(ask, shell.pid);
      for (const pid of before) if (pid !== shell.pid) assert.ok(after.includes(pid) || true);
      assert.ok(after.length >= before.length);
      await ask({ command: 'kill-family', root: shell.pid });
      await noProcessLeft(shell.marker);
    });
  },
);
