/**
 * `eyrie ps` and procds, HTCondor's and ours.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { ProcdClient } from '../../src/family/client/client';
import { CURRENT_DIALECT, type ProcdRequest } from '../../src/family/wire';
import { holdJob, recordPlace, WAIT } from '../enter/support';
import { needsProcd, type ProcdKind, PROCDS, startProcd } from '../procd/support/procds';
import { startShell } from '../procd/support/shells';
import { makeSite } from '../run/support/site';
import { runEyrie } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { asUser, runCommand } from '../support/command';
import { program } from '../support/eyrie';

/** A family as `--json` tells of it. */
interface Told {
  readonly pid: number;
  readonly parent: number | null;
  readonly command: string;
  readonly state: string;
  readonly processes: number;
  readonly residentKiB: number;
  readonly procd: string | null;
  readonly job: { readonly starter: number } | null;
}

function familiesOf(text: string): readonly Told[] {
  return (JSON.parse(text) as { families: readonly Told[] }).families;
}

/** A procd that keeps a shell, and below it another one with two children. */
async function nestedFamilies(t: TestContext, kind: ProcdKind) {
  const procd = await startProcd(t, kind);
  const connected = ProcdClient.connect(procd.address, CURRENT_DIALECT);
  assert.ok(connected.ok, JSON.stringify(connected));
  t.after(() => connected.value.close());
  const ask = async (request: ProcdRequest): Promise<void> => {
    const answer = await connected.value.ask(request);
    assert.ok(answer.ok, JSON.stringify(answer));
  };
  const register = (root: number) =>
    ask({ command: 'register-subfamily', root, watcher: process.pid, interval: -1 });
  const outer = startShell(t);
  await register(outer.pid);
  await outer.tell('sleep 50 &');
  await ask({ command: 'take-snapshot' });
  const list = async () => {
    const { stdout, stderr } = await runEyrie(['ps', '--json', '--address', procd.address]);
    assert.equal(stderr, '');
    return familiesOf(stdout);
  };
  return { address: procd.address, ask, list, outer, register };
}

for (const kind of PROCDS) {
  describe(`eyrie ps and the procd of ${kind}`, { skip: skipIf(needsProcd(kind)) }, () => {
    test('shows its families as a tree, with what they use and how they are', async (t) => {
      const { address, ask, list, outer, register } = await nestedFamilies(t, kind);
      const inner = startShell(t);
      await register(inner.pid);
      await inner.tell('sleep 50 & sleep 50 &');
      const told = await list();
      const [top] = told;
      assert.equal(top?.pid, process.pid);
      assert.equal(top.parent, null);
      for (const [root, processes] of [
        [outer.pid, 2],
        [inner.pid, 3],
      ] as const) {
        const family = told.find(({ pid }) => pid === root);
        assert.equal(family?.parent, process.pid);
        assert.equal(family.processes, processes);
        assert.equal(family.state, 'running');
        assert.equal(family.command, 'sh');
        assert.equal(family.procd, address);
        assert.ok(family.residentKiB > 100);
      }
      await ask({ command: 'suspend-family', root: inner.pid });
      assert.equal((await list()).find(({ pid }) => pid === inner.pid)?.state, 'suspended');
      await ask({ command: 'continue-family', root: inner.pid });
      const { stdout } = await runEyrie(['ps', '--address', address]);
      assert.match(stdout, new RegExp(`^ *${outer.pid} .* (├|└)─ sh$`, 'm'));
      await ask({ command: 'kill-family', root: outer.pid });
      await ask({ command: 'unregister-family', root: outer.pid });
      await ask({ command: 'kill-family', root: inner.pid });
      assert.equal(
        (await list()).find(({ pid }) => pid === outer.pid),
        undefined,
      );
    });
  });
}

for (const starter of STARTERS) {
  describe(
    `eyrie ps and the procd of jobs by hand of ${starter.name}`,
    { skip: skipIf(needsProduct()) },
    () => {
      test('join what procd and what the starter tell of a job', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT);
        const command = [program('eyrie'), 'ps', '--json'];
        const isOther = starter.uid !== process.geteuid?.();
        const { stdout, stderr } = await runCommand(
          isOther ? asUser(starter.uid, command) : command,
        );
        assert.equal(stderr, '');
        const told = familiesOf(stdout).filter((family) => family.job?.starter === job.starter);
        assert.equal(told.length, 1, stdout);
        assert.equal(told[0]?.procd, path.resolve(recordPlace(starter), '../procd'));
        assert.equal(told[0].command, '/bin/sh');
      });

      test('need none', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs: { USE_PROCD: 'false' } });
        const command = [program('eyrie'), 'ps', '--json'];
        const isOther = starter.uid !== process.geteuid?.();
        const { stdout } = await runCommand(isOther ? asUser(starter.uid, command) : command);
        const told = familiesOf(stdout).filter((family) => family.job?.starter === job.starter);
        assert.deepEqual(
          told.map(({ procd }) => procd),
          [null],
        );
      });
    },
  );
}
