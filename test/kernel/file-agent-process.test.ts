/** The file agent as a process beside jobs: its rights, its descriptors, its end. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { type FileAgent, startFileAgent } from '../../src/kernel/file-agent';
import { needsRoot, skipIf } from '../support/need';
import { type Call, NOBODY, perform, sandbox } from './support/file-agent';

describe('the process of the file agent', { skip: skipIf(needsRoot()) }, () => {
  async function started(t: TestContext): Promise<{ agent: FileAgent; pid: number; fd: number }> {
    const directory = sandbox(t, 'echo x > file');
    const fd = fs.openSync(directory, fs.constants.O_DIRECTORY);
    const before = new Set(children());
    const agent = await startFileAgent({
      directory: fd,
      identity: { uid: NOBODY, gid: NOBODY, groups: [4, 24] },
      names: [],
    });
    assert.ok(agent.ok);
    const pid = children().find((child) => !before.has(child));
    t.after(() => agent.value.close());
    t.after(() => fs.closeSync(fd));
    return { agent: agent.value, pid: pid!, fd };
  }
  const children = () =>
    fs.readFileSync('/proc/thread-self/children', 'utf8').trim().split(' ').map(Number);
  const status = (pid: number) => fs.readFileSync(`/proc/${pid}/status`, 'utf8');

  test("has the job's ids and groups, no capability and no way to get one", async (t) => {
    const { pid } = await started(t);
    const text = status(pid);
    const ids = [NOBODY, NOBODY, NOBODY, NOBODY].join('\t');
    assert.match(text, new RegExp(`^Uid:\t${ids}$`, 'm'));
    assert.match(text, new RegExp(`^Gid:\t${ids}$`, 'm'));
    assert.match(text, /^Groups:\t4 24 $/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
      assert.match(text, new RegExp(`^Cap${set}:\t0+$`, 'm'));
    }
    assert.match(text, /^NoNewPrivs:\t1$/m);
    assert.equal(fs.readFileSync(`/proc/${pid}/environ`, 'utf8'), '');
  });

  test('has no descriptor but the sandbox and two sockets, and cannot be traced by the job', async (t) => {
    const { pid } = await started(t);
    const open = fs.readdirSync(`/proc/${pid}/fd`).map(Number);
    assert.deepEqual(open.sort(), [0, 1, 2, 3, 4, 5]);
    // The files in /proc of a process that is not dumpable are root's.
    assert.equal(fs.statSync(`/proc/${pid}/fd`).uid, 0);
  });

  test('that is killed, or stopped, gives errors or answers, never silence', async (t) => {
    const { agent, pid } = await started(t);
    process.kill(pid, 'SIGSTOP');
    const slow = await agent.stat('file');
    assert.ok(slow.ok, 'it was told to go on');
    process.kill(pid, 'SIGSTOP');
    const waiting = [agent.stat('file'), agent.createFile('new', undefined), agent.list('')];
    process.kill(pid, 'SIGKILL');
    for (const answer of await Promise.all(waiting)) {
      assert.ok(!answer.ok);
      assert.equal(answer.error.errno, 32);
      assert.equal(answer.error.call, 'ask eyrie-files');
    }
    const later = await agent.openFile('file');
    assert.ok(!later.ok);
  });

  test('leaves no descriptor and no child behind', async (t) => {
    const directory = sandbox(t, 'echo x > file');
    const calls: Call[] = [
      ['read', 'file'],
      ['write', 'new', 'x'],
      ['read', 'missing'],
    ];
    await perform({ directory, calls, own: false });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = [fs.readdirSync('/proc/self/fd').length, children()];
    for (let i = 0; i < 5; i += 1) await perform({ directory, calls, own: false });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual([fs.readdirSync('/proc/self/fd').length, children()], before);
  });

  test('is not started as root, and with no more names and groups than it can be told', async (t) => {
    const fd = fs.openSync(sandbox(t), fs.constants.O_DIRECTORY);
    t.after(() => fs.closeSync(fd));
    const start = async (groups: number[], names: string[], uid = NOBODY) => {
      const agent = await startFileAgent({
        directory: fd,
        identity: { uid, gid: uid, groups },
        names,
      });
      if (agent.ok) agent.value.close();
      return agent.ok ? 0 : agent.error.errno;
    };
    assert.equal(await start([], [], 0), 1);
    assert.equal(
      await start(
        Array.from({ length: 500 }, (_, i) => i + 1),
        ['/a'],
      ),
      0,
    );
    assert.equal(
      await start(
        Array.from({ length: 20_000 }, (_, i) => i + 1),
        [],
      ),
      7,
    );
    assert.equal(await start([], Array<string>(9).fill('/a')), 7);
    const own = await startFileAgent({ directory: fd, identity: undefined, names: [] });
    assert.ok(!own.ok && own.error.errno === 1);
  });
});
