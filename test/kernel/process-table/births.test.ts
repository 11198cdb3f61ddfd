/**
 * Who belongs to which family: as the kernel's events tell, and as /proc can tell where there are none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needsRoot, skipIf } from '../../support/need';
import { waitUntil } from '../../support/wait';
import { setScene, stateOf, valueOf } from './support/scene';

const skip = skipIf(needsRoot());

describe('as root, the table', { skip }, () => {
  test('is told of forks, who made whom, and what was used', async (t) => {
    const { table } = await setScene(t);
    const { events, why, accounting, forkers, ticks } = table.means;
    assert.deepEqual({ events, why, accounting, forkers }, { ...facts, why: undefined });
    assert.equal(ticks, 100);
  });

  const facts = { events: true, accounting: true, forkers: true };

  test('keeps a daemon whose parent no snapshot saw', async (t) => {
    const scene = await setScene(t);
    const root = await scene.run('orphan');
    const daemon = await root.number();
    await scene.snapshot();
    assert.deepEqual(
      await scene.pids(1),
      [root.pid, daemon].sort((a, b) => a - b),
    );
  });

  test("keeps a child that its parent's parent was given, and whatever it forked", async (t) => {
    const scene = await setScene(t);
    const root = await scene.run('sibling');
    const child = await root.number();
    assert.ok((await scene.pids(1)).includes(child), 'CLONE_PARENT leads out of the family');
  });

  test('has thousands of them again when events were dropped, by one look at all', async (t) => {
    const scene = await setScene(t, { eventBuffer: 131_072 });
    await scene.snapshot();
    const root = await scene.run('waiting-crowd 1500');
    process.kill(scene.helper, 'SIGSTOP');
    root.begin();
    await root.said;
    process.kill(scene.helper, 'SIGCONT');
    const first = await scene.snapshot();
    assert.deepEqual([first.overflow, first.complete], [true, true]);
    assert.equal(first.members.length, 1501);
    // Others fork too, and the buffer is small.
    await waitUntil(async () => !(await scene.snapshot()).overflow, 'no more than it holds');
    assert.equal((await scene.snapshot()).members.length, 1501);
  });

  test('tells of strangers once, when they still live', async (t) => {
    const scene = await setScene(t);
    const before = await scene.snapshot();
    assert.ok(before.fresh.some(({ pid, family }) => pid === process.pid && family === 0));
    const stranger = await scene.run('crowd 3', { family: 0 });
    const short = await scene.run('churn 20', { family: 0 });
    await Promise.all([stranger.said, short.said]);
    const { fresh } = await scene.snapshot();
    const found = fresh.filter(({ pid, ppid }) =>
      [pid, ppid].some((one) => one === stranger.pid || one === short.pid),
    );
    assert.equal(found.length, 5);
    assert.ok(found.every(({ family }) => family === 0));
    const again = await scene.snapshot();
    assert.ok(!again.fresh.some(({ pid }) => found.some((one) => one.pid === pid)));
  });
});

for (const events of [true, false]) {
  describe(`the table ${events ? 'with' : 'without'} events`, { skip }, () => {
    test('puts children where their parent is, and tells of each as new once', async (t) => {
      const scene = await setScene(t, { events });
      assert.equal(scene.table.means.events, events);
      await scene.snapshot();
      const root = await scene.run('crowd 20');
      await root.said;
      const first = await scene.snapshot();
      assert.equal(first.members.filter(({ family }) => family === 1).length, 21);
      const children = first.fresh.filter(({ ppid }) => ppid === root.pid);
      assert.equal(children.length, 20);
      assert.ok(children.every(({ family }) => family === 1));
      assert.ok(!first.fresh.some(({ pid }) => pid === root.pid), 'who was assigned is not new');
      const second = await scene.snapshot();
      assert.equal(second.members.length, 21);
      assert.ok(!second.fresh.some(({ ppid }) => ppid === root.pid));
    });

    test('puts into the family of a child what that forks, and leaves the others', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run('crowd 2', { family: 1 });
      await root.said;
      const child = (await scene.members(1)).find(({ pid }) => pid !== root.pid);
      assert.ok(child);
      valueOf(await scene.table.assign(child, 2));
      assert.deepEqual(await scene.pids(2), [child.pid]);
      assert.equal((await scene.pids(1)).length, 2);
      valueOf(await scene.table.merge(2, 1));
      assert.equal((await scene.pids(1)).length, 3);
    });

    test('locates a process with the family that it was born into', async (t) => {
      const scene = await setScene(t, { events });
      await scene.snapshot();
      const root = await scene.run('orphan', { session: true });
      const located = valueOf(await scene.table.locate(root.pid));
      assert.deepEqual([located?.family, located?.uid], [1, 0]);
      assert.equal(valueOf(await scene.table.locate(process.pid))?.family, 0);
      assert.equal(valueOf(await scene.table.locate(0x7fff_fff0)), undefined);
      assert.equal(valueOf(await scene.table.locate(0)), undefined);
      await root.said;
    });

    test('does not take a process for another one that had its number', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run('crowd 0');
      const other = { pid: root.pid, birthday: root.birthday + 1 };
      const refused = await scene.table.assign(other, 2);
      assert.deepEqual(refused, { ok: false, error: { call: 'find the process', errno: 3 } });
      const signalled = await scene.table.signalProcess(other, 9);
      assert.deepEqual(signalled, { ok: false, error: { call: 'find the process', errno: 3 } });
      assert.deepEqual(await scene.pids(1), [root.pid]);
      valueOf(await scene.table.signalProcess(root, 9));
      await scene.nothingLeft();
    });

    test('forgets what was taken out of its family', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run('crowd 3');
      await root.said;
      assert.equal((await scene.pids(1)).length, 4);
      valueOf(await scene.table.merge(1, 0));
      const { members } = await scene.snapshot();
      assert.deepEqual(members, []);
    });

    test('tells once of members that ended, with the figures they had', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run('spend 1 100');
      await root.said;
      const [before] = await scene.members(1);
      assert.ok(before !== undefined && before.childUserTicks + before.childSystemTicks >= 9);
      root.process.kill('SIGKILL');
      await waitUntil(() => stateOf(root.pid) === undefined, 'the root to be reaped');
      const { members, ended } = await scene.snapshot();
      assert.deepEqual(members, []);
      const gone = ended.find(({ pid }) => pid === root.pid);
      assert.deepEqual(gone, {
        ...before,
        userTicks: gone?.userTicks,
        systemTicks: gone?.systemTicks,
      });
      assert.deepEqual((await scene.snapshot()).ended, []);
    });
  });
}

describe('the table without events', { skip }, () => {
  test('finds orphans in a session that a member began, and their children', async (t) => {
    const scene = await setScene(t, { events: false });
    await scene.snapshot();
    const root = await scene.run('stray', { session: true });
    const orphan = await root.number();
    assert.ok((await scene.pids(1)).includes(orphan));
  });

  test('takes nobody for a member who is in the session of a stranger', async (t) => {
    const scene = await setScene(t, { events: false });
    await scene.snapshot();
    const root = await scene.run('crowd 1');
    const stranger = await scene.run('stray', { family: 0 });
    await Promise.all([root.said, stranger.said]);
    assert.equal((await scene.pids(1)).length, 2);
  });

  test('reads all of /proc, but of strangers only those that are new', async (t) => {
    const scene = await setScene(t, { events: false });
    const first = await scene.snapshot();
    assert.ok(first.fresh.some(({ pid }) => pid === 1));
    const stranger = await scene.run('crowd 2', { family: 0 });
    await stranger.said;
    const { fresh } = await scene.snapshot();
    assert.equal(fresh.filter(({ ppid }) => ppid === stranger.pid).length, 2);
    assert.ok(!fresh.some(({ pid }) => pid === 1));
  });
});
