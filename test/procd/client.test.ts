/** Our client against HTCondor's procds, and ours. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { ProcdClient } from '../../src/family/client/client';
import type { ProcdTrouble } from '../../src/family/client/trouble';
import { CURRENT_DIALECT, type ProcdRequest, type ReplyBody } from '../../src/family/wire';
import type { Result } from '../../src/result';
import { skipIf } from '../support/need';
import { noProcessLeft, processesLeft } from '../support/processes';
import { waitUntil } from '../support/wait';
import { needsProcd, type ProcdKind, PROCDS, procdDirectory, startProcd } from './support/procds';
import { startShell } from './support/shells';

const NO_FAMILY = 1;
const OK: Result<ReplyBody, ProcdTrouble> = {
  ok: true,
  value: { result: 'success', body: 'none' } as ReplyBody,
};

async function connect(t: TestContext, kind: ProcdKind, flags: readonly string[] = []) {
  const procd = await startProcd(t, kind, flags);
  const connected = ProcdClient.connect(procd.address, CURRENT_DIALECT);
  assert.ok(connected.ok, JSON.stringify(connected));
  const client = connected.value;
  t.after(() => client.close());
  const ask = async (request: ProcdRequest): Promise<ReplyBody> => {
    const answer = await client.ask(request);
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.value;
  };
  const register = (root: number, watcher = process.pid, interval = 15) =>
    client.ask({ command: 'register-subfamily', root, watcher, interval });
  return { procd, client, ask, register };
}

function refusal(answer: Result<ReplyBody, ProcdTrouble>): unknown {
  assert.ok(!answer.ok);
  return answer.error.why === 'refused' ? answer.error.refusal : answer.error;
}

/** The state of each process with a marker, by /proc. */
function states(marker: string): readonly string[] {
  return processesLeft(marker).map(
    ({ pid }) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '',
  );
}

for (const kind of PROCDS) {
  describe(`the client and the procd of ${kind}`, { skip: skipIf(needsProcd(kind)) }, () => {
    test('register a family, see its children, and kill it', async (t) => {
      const { ask, register } = await connect(t, kind);
      const shell = startShell(t);
      assert.deepEqual(await register(shell.pid), OK);
      await shell.tell('sleep 100 & sleep 100 & sleep 100 &');
      await ask({ command: 'take-snapshot' });
      const usage = await ask({ command: 'get-usage', root: shell.pid });
      assert.ok(usage.body === 'usage');
      assert.equal(usage.usage.processes, 4);
      assert.ok(usage.usage.imageSize > 1000 && usage.usage.resident! > 1000);
      const dump = await ask({ command: 'dump', root: shell.pid });
      assert.ok(dump.body === 'dump');
      const [family] = dump.families;
      assert.equal(family?.root, shell.pid);
      assert.equal(family.watcher, process.pid);
      assert.equal(family.parentRoot, process.pid);
      assert.equal(family.processes.length, 4);
      await ask({ command: 'kill-family', root: shell.pid });
      await noProcessLeft(shell.marker);
      await ask({ command: 'unregister-family', root: shell.pid });
      // A zombie is a process still.
      await waitUntil(() => !existsSync(`/proc/${shell.pid}`), 'the shell to be reaped');
      const gone = await register(shell.pid);
      assert.equal(refusal(gone), 'process-not-in-tree');
    });

    test('suspend a family and let it go on', async (t) => {
      const { ask, register } = await connect(t, kind);
      const shell = startShell(t);
      await register(shell.pid);
      await shell.tell('sleep 100 & sleep 100 &');
      await ask({ command: 'suspend-family', root: shell.pid });
      await waitUntil(() => states(shell.marker).every((state) => state === 'T'), 'all to stop');
      await ask({ command: 'continue-family', root: shell.pid });
      await waitUntil(() => states(shell.marker).every((state) => state === 'S'), 'all to go on');
    });

    test('find what has left every parent, by its environment', async (t) => {
      const { ask, register } = await connect(t, kind);
      const mark = `_CONDOR_ANCESTOR_${process.pid}`;
      const shell = startShell(t, { [mark]: `1:2:${process.pid}` });
      await register(shell.pid);
      const ancestors = [`${mark}=1:2:${process.pid}`];
      await ask({ command: 'track-environment', root: shell.pid, ancestors });
      await shell.tell('(setsid sh -c "sleep 100 & exit" &) ; sleep 0.2');
      const left = processesLeft(shell.marker).filter(({ pid }) => pid !== shell.pid);
      assert.deepEqual(
        left.map(({ command }) => command),
        ['sleep 100'],
      );
      await ask({ command: 'kill-family', root: shell.pid });
      await noProcessLeft(shell.marker);
    });

    test('signal the root of a family alone', async (t) => {
      const { ask, register } = await connect(t, kind);
      const shell = startShell(t);
      await register(shell.pid);
      await shell.tell('sleep 100 &');
      await ask({ command: 'take-snapshot' });
      await ask({ command: 'signal-process', root: shell.pid, signal: 9 });
      await waitUntil(() => !existsSync(`/proc/${shell.pid}/exe`), 'the shell to end');
      assert.deepEqual(
        processesLeft(shell.marker).map(({ command }) => command),
        ['sleep 100'],
      );
      await ask({ command: 'kill-family', root: shell.pid });
      await noProcessLeft(shell.marker);
    });

    test('give a family a group of its own', async (t) => {
      const { ask, client, register } = await connect(t, kind, ['-G', '7001', '7002']);
      const shells = [startShell(t), startShell(t), startShell(t)];
      const groups = [];
      for (const { pid } of shells) {
        await register(pid);
        groups.push(await client.ask({ command: 'track-allocated-group', root: pid }));
      }
      const gids = groups.map(
        (group) => group.ok && group.value.body === 'group' && group.value.gid,
      );
      assert.deepEqual(gids, [7001, 7002, false]);
      assert.equal(refusal(groups[2]!), 'no-group-id');
      await ask({ command: 'unregister-family', root: shells[0]!.pid });
      const freed = await ask({ command: 'track-allocated-group', root: shells[2]!.pid });
      assert.ok(freed.body === 'group');
      assert.equal(freed.gid, 7001);
    });

    test('associate a family with a group from outside', async (t) => {
      const { client, ask, register } = await connect(t, kind, ['-G', '7001', '7002', '-E']);
      const shell = startShell(t);
      await register(shell.pid);
      await ask({ command: 'track-associated-group', root: shell.pid, gid: 7002 });
      const outside = { command: 'track-associated-group', root: shell.pid, gid: 7003 } as const;
      assert.equal(refusal(await client.ask(outside)), 'no-group-id');
    });

    test('track a login, whether it exists or not', async (t) => {
      const { ask, register } = await connect(t, kind);
      const shell = startShell(t);
      await register(shell.pid);
      await ask({ command: 'track-login', root: shell.pid, login: 'daemon' });
      await ask({ command: 'track-login', root: shell.pid, login: 'nobody-of-that-name' });
    });

    test('refuse and are refused with the right codes', async (t) => {
      const { client, register } = await connect(t, kind);
      const shell = startShell(t);
      assert.equal(refusal(await register(0)), 'bad-root-pid');
      assert.equal(refusal(await register(shell.pid, -1)), 'bad-watcher-pid');
      assert.equal(refusal(await register(shell.pid, 0, -2)), 'bad-snapshot-interval');
      assert.equal(refusal(await register(NO_FAMILY)), 'process-not-in-tree');
      assert.deepEqual(await register(shell.pid), OK);
      assert.equal(refusal(await register(shell.pid)), 'already-registered');
      for (const command of [
        'get-usage',
        'suspend-family',
        'continue-family',
        'kill-family',
        'unregister-family',
        'dump',
      ] as const) {
        const answer = await client.ask({ command, root: NO_FAMILY });
        assert.equal(refusal(answer), 'family-not-found', command);
      }
      const top = await client.ask({ command: 'unregister-family', root: process.pid });
      assert.equal(refusal(top), 'unregister-root');
      assert.ok(!top.ok);
      assert.match(top.error.message, /refused unregister-family: the family of all processes/);
    });

    test('do what was asked at once, in its order', async (t) => {
      const { client } = await connect(t, kind);
      const shell = startShell(t);
      const root = shell.pid;
      const answers = await Promise.all([
        client.ask({ command: 'get-usage', root }),
        client.ask({ command: 'register-subfamily', root, watcher: process.pid, interval: 15 }),
        client.ask({ command: 'get-usage', root }),
        client.ask({ command: 'unregister-family', root }),
        client.ask({ command: 'get-usage', root }),
      ]);
      assert.deepEqual(
        answers.map(({ ok }) => ok),
        [false, true, true, true, false],
      );
    });

    test('leave no pipe behind but those of procd', async (t) => {
      const { ask, procd } = await connect(t, kind);
      await ask({ command: 'take-snapshot' });
      const names = readdirSync(path.dirname(procd.address));
      assert.deepEqual(
        names.filter((name) => /^procd\.\d/.test(name)),
        [],
      );
    });

    test('part when procd is told to quit', async (t) => {
      const { ask, client, procd } = await connect(t, kind);
      await ask({ command: 'quit' });
      await client.lost;
      assert.equal((await procd.ended).status, 0);
      const after = await client.ask({ command: 'take-snapshot' });
      assert.ok(!after.ok && after.error.why === 'lost');
      const again = ProcdClient.connect(procd.address, CURRENT_DIALECT);
      assert.ok(!again.ok && again.error.why === 'absent');
    });

    test('part when procd is killed, with an answer to whoever waits', async (t) => {
      const { client, procd } = await connect(t, kind);
      procd.process.kill('SIGSTOP');
      const waiting = client.ask({ command: 'take-snapshot' });
      procd.process.kill('SIGKILL');
      const answer = await waiting;
      assert.ok(!answer.ok && answer.error.why === 'lost');
      assert.equal(client.isLost, true);
      await procd.ended;
      assert.ok(existsSync(procd.address));
      const stale = ProcdClient.connect(procd.address, CURRENT_DIALECT);
      assert.ok(!stale.ok && stale.error.why === 'absent');
    });

    test('give a procd up that does not answer, and take no late reply for another', async (t) => {
      const { client, procd } = await connect(t, kind);
      const shell = startShell(t);
      procd.process.kill('SIGSTOP');
      const request = { command: 'register-subfamily', watcher: 0, interval: 15 } as const;
      const silent = await client.ask({ ...request, root: shell.pid }, 100);
      assert.ok(!silent.ok && silent.error.why === 'silent');
      assert.match(silent.error.message, /gave no answer within 0.1 s/);
      procd.process.kill('SIGCONT');
      // HTCondor's drops a request whose client is gone after its header, and reads what is left of it
      // as the next ones: 16 bytes here, so that it is back in step after two.
      assert.deepEqual(await client.ask({ command: 'take-snapshot' }), OK);
    });
  });
}

describe('the client alone', () => {
  test('finds no procd where there are no pipes', (t) => {
    const directory = procdDirectory(t);
    const connected = ProcdClient.connect(`${directory}/procd`, CURRENT_DIALECT);
    assert.ok(!connected.ok && connected.error.why === 'absent');
  });

  test('writes to nothing that is no pipe', (t) => {
    const directory = procdDirectory(t);
    for (const name of ['procd', 'procd.watchdog']) writeFileSync(`${directory}/${name}`, '');
    const connected = ProcdClient.connect(`${directory}/procd`, CURRENT_DIALECT);
    assert.ok(!connected.ok && connected.error.why === 'impossible');
    assert.match(connected.error.message, /is no pipe of a procd/);
    mkdirSync(`${directory}/other.watchdog`);
    const other = ProcdClient.connect(`${directory}/other`, CURRENT_DIALECT);
    assert.ok(!other.ok && other.error.why === 'impossible');
  });
});
