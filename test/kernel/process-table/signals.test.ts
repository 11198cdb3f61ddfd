/**
 * Signals to families: who is killed stays killed, whoever tries to run away.
 */
import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, test } from 'node:test';
import { needsRoot, skipIf } from '../../support/need';
import { waitUntil } from '../../support/wait';
import { type Scene, setScene, stateOf, valueOf } from './support/scene';

const skip = skipIf(needsRoot());
const { SIGCONT, SIGKILL, SIGSTOP, SIGTERM } = os.constants.signals;
const NOBODY = 65534;

/**
 * Who has the signal still must let go of its memory, and waits for a processor for that: thousands
 * of a user take tens of seconds on a machine that is busy with something else. Less than the time
 * after which the processes end by themselves.
 */
const PATIENCE = 120;

async function kill(scene: Scene): Promise<number> {
  const signal = { families: [1], signal: SIGKILL, seconds: PATIENCE };
  const { signalled, left } = valueOf(await scene.table.signalFamilies(signal));
  assert.equal(left, 0);
  assert.deepEqual(scene.left(), [], 'nobody lives when the answer is there');
  return signalled;
}

for (const events of [true, false]) {
  describe(`a family, ${events ? 'with' : 'without'} events,`, { skip }, () => {
    test('is killed with its daemons, its stopped and stubborn processes', async (t) => {
      const scene = await setScene(t, { events });
      for (const verb of ['crowd 50', 'stubborn 20', 'zombies 20', 'leaderless', 'traced']) {
        await (
          await scene.run(verb, { session: true })
        ).said;
      }
      assert.ok((await kill(scene)) >= 75);
    });

    test('is killed alone: who is in none, and in another, lives on', async (t) => {
      const scene = await setScene(t, { events });
      const killed = await scene.run('crowd 5', { family: 1 });
      const spared = await scene.run('crowd 5', { family: 2 });
      const stranger = await scene.run('crowd 5', { family: 0 });
      await Promise.all([killed.said, spared.said, stranger.said]);
      const signal = { families: [1], signal: SIGKILL };
      assert.deepEqual(valueOf(await scene.table.signalFamilies(signal)), {
        signalled: 6,
        left: 0,
      });
      assert.equal(scene.left().length, 12);
      assert.equal((await scene.pids(2)).length, 6);
    });

    test('is stopped until nobody runs, and goes on', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run(events ? 'scattered-bomb 40 20' : 'bomb 40 20', {
        session: true,
      });
      await root.said;
      const stopped = valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGSTOP }));
      assert.equal(stopped.left, 0);
      // Some have ended, and their parents were stopped before they asked.
      const pids = (await scene.pids(1)).filter((pid) => stateOf(pid) !== 'Z');
      assert.ok(pids.length >= 40, `only ${pids.length} of 40, ${scene.left().length} alive`);
      assert.deepEqual(new Set(pids.map(stateOf)), new Set(['T']));
      assert.deepEqual(
        pids,
        [...scene.left()].sort((a, b) => a - b),
      );
      valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGCONT }));
      await waitUntil(() => pids.every((pid) => stateOf(pid) !== 'T'), 'all to go on');
    });

    test('gets any other signal once, but for those that are excepted', async (t) => {
      const scene = await setScene(t, { events });
      const root = await scene.run('crowd 5');
      await root.said;
      const signal = { families: [1], signal: SIGTERM, except: [root.pid] };
      assert.deepEqual(valueOf(await scene.table.signalFamilies(signal)), {
        signalled: 5,
        left: 0,
      });
      await waitUntil(async () => (await scene.pids(1)).length === 1, 'all but the root to end');
    });

    test('may be empty, or unknown', async (t) => {
      const scene = await setScene(t, { events });
      const signal = { families: [7, 8], signal: SIGKILL };
      assert.deepEqual(valueOf(await scene.table.signalFamilies(signal)), {
        signalled: 0,
        left: 0,
      });
      const none = { families: [], signal: SIGKILL };
      assert.deepEqual(valueOf(await scene.table.signalFamilies(none)), { signalled: 0, left: 0 });
    });
  });
}

describe('with events, a fork bomb of 5,000', { skip }, () => {
  for (const [whose, uid] of [
    ["root's", 0],
    ["a user's", NOBODY],
  ] as const) {
    test(`is gone at once, ${whose}`, async (t) => {
      const scene = await setScene(t);
      const root = await scene.run('scattered-bomb 5000 2000', { uid });
      await root.said;
      assert.ok((await kill(scene)) >= 4000);
    });
  }

  test('is gone though the kernel drops events while it is killed', async (t) => {
    const scene = await setScene(t, { eventBuffer: 65_536 });
    const root = await scene.run('waiting-bomb 2000 1500', { session: true });
    process.kill(scene.helper, 'SIGSTOP');
    root.begin();
    await root.said;
    process.kill(scene.helper, 'SIGCONT');
    await kill(scene);
  });

  test('loses what it made with CLONE_PARENT, and orphaned', async (t) => {
    const scene = await setScene(t);
    for (let i = 0; i < 20; i += 1) await (await scene.run('sibling')).said;
    await scene.run('orphan').then(({ said }) => said);
    assert.ok((await kill(scene)) >= 41);
  });

  test('does not keep others waiting while it is killed', async (t) => {
    // A kill that is over before the second request is read proves nothing.
    for (let tries = 1, first = 'killed'; first === 'killed'; tries += 1) {
      const scene = await setScene(t);
      const root = await scene.run('scattered-bomb 3000 1500');
      await root.said;
      const killing = kill(scene).then(() => 'killed');
      first = await Promise.race([killing, scene.table.locate(process.pid).then(() => 'located')]);
      await killing;
      assert.ok(
        first === 'located' || tries < 5,
        'no kill of five let another one have his answer',
      );
    }
  });
});
