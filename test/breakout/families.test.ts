/**
 * Attempts of a job to outlive itself, or to take others with it.
 */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ALICE, withAccounts } from '../run/support/accounts';
import { shell } from '../run/support/ads';
import { skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { ROOT, type Starter, STARTERS } from '../support/starters';
import { attempt, needsAttackers, setScene } from './attack';

const skip = skipIf(needsAttackers());

type Choice = readonly [name: string, knobs: Readonly<Record<string, string>>];

/** Without a PID namespace the subreaper has to find what is left; only root may do without. */
function namespaceChoices(starter: Starter): readonly Choice[] {
  const withOne: Choice = ['with a PID namespace', { USE_PID_NAMESPACES: 'true' }];
  if (starter.uid !== ROOT.uid) return [withOne];
  return [withOne, ['without a PID namespace', { USE_PID_NAMESPACES: 'false' }]];
}

for (const starter of STARTERS) {
  for (const [name, knobs] of namespaceChoices(starter)) {
    describe(`a job of ${starter.name}, ${name},`, { skip }, () => {
      test('that leaves a daemon with no name, session or environment leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const result = await scene.run(scene.attack('daemonize', scene.payload), { knobs });
        assert.equal(attempt(result, 'daemon'), 'ok');
        assert.equal(result.status, 0);
      });

      test('that leaves stopped children which ignore all signals leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const result = await scene.run(scene.attack('stubborn-children'), { knobs });
        assert.equal(attempt(result, 'children'), 'ok');
      });

      test('that leaves a child whose first thread has ended leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const without = { ...knobs, USE_PROCD: 'false' };
        // Nobody can look into it; but as long as it lives it has the run's output open.
        const result = await scene.run(scene.attack('leaderless-child'), { knobs: without });
        assert.equal(attempt(result, 'child'), 'ok');
      });

      for (const bomb of ['fork-bomb', 'scattered-bomb']) {
        test(`that leaves a ${bomb} of 2,000 moving processes leaves nothing`, async (t) => {
          const scene = setScene(t, starter);
          const result = await scene.run(scene.attack(bomb, '2000'), { knobs });
          assert.equal(attempt(result, 'bomb'), '2000 processes');
        });
      }

      test('whose starter is killed with SIGKILL is gone with all it started', async (t) => {
        const scene = setScene(t, starter);
        const { payload } = scene;
        const script = `${payload} stubborn-children; ${payload} daemonize ${payload}; echo set; sleep 600`;
        const running = scene.start(shell(script), { knobs });
        await running.said('set\n');
        assert.ok(scene.left().length > 8, `only ${scene.left().length} processes`);
        running.process.kill('SIGKILL');
        await scene.nothingLeft();
      });
    });
  }

  describe(`a job of ${starter.name} that kills everything it can`, { skip }, () => {
    test('reaches nobody outside its PID namespace', async (t) => {
      const bystander = await startBystander(t, starter);
      const scene = setScene(t, starter);
      const result = await scene.run(scene.attack('kill-all'));
      assert.equal(result.status, 0, result.stderr);
      assert.ok(isAlive(bystander));
    });
  });

  describe(`the starter of ${starter.name}`, { skip }, () => {
    test('cannot be read, traced or killed by its job', async (t) => {
      const scene = setScene(t, starter);
      // In a PID namespace the starter has no number at all; init is the nearest to it.
      const result = await scene.run(scene.attack('read-memory', '1'));
      for (const name of ['ptrace attach', 'ptrace seize', 'process_vm_readv', 'mem', 'environ']) {
        assert.notEqual(attempt(result, name), 'ok', `${name} of init succeeded`);
        assert.notEqual(attempt(result, name), undefined, `${name} was not tried`);
      }
      for (const name of ['root/etc/passwd', 'cwd', 'fd']) {
        assert.notEqual(attempt(result, name), 'ok', `${name} of init could be opened`);
      }
      assert.equal(result.status, 0);
    });
  });
}

/** Starts a job of the same account, and gives its starter's pid. */
async function startBystander(t: TestContext, starter: Starter): Promise<number> {
  const running = setScene(t, starter).start(shell('echo ready; sleep 600'));
  t.after(() => running.process.kill('SIGKILL'));
  await running.said('ready');
  return running.process.pid ?? 0;
}

describe('a job of root without a PID namespace', { skip }, () => {
  test('that kills everything it can reaches what is of its account, and not its init', async (t) => {
    const bystander = await startBystander(t, ROOT);
    const scene = setScene(t, ROOT);
    // An account of its own: other tests run as nobody.
    const result = await scene.run(
      { ...scene.attack('kill-all'), Owner: ALICE.name },
      { knobs: { USE_PID_NAMESPACES: 'false' }, through: withAccounts(scene.directory) },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.ok(isAlive(bystander));
  });

  test('can do nothing to the starter and its init, whose numbers it knows', async (t) => {
    const scene = setScene(t, ROOT);
    const script = [
      `${scene.payload} read-memory $PPID`,
      `${scene.payload} read-memory $(sed -n 's/^PPid:.//p' /proc/$PPID/status)`,
    ].join('; ');
    const result = await scene.run(shell(script), { knobs: { USE_PID_NAMESPACES: 'false' } });
    const attempts = result.stdout.match(/^(ptrace|process_vm|mem|environ|kill).*$/gm) ?? [];
    assert.ok(attempts.length >= 10, result.stdout + result.stderr);
    assert.deepEqual(
      attempts.filter((line) => line.endsWith(': ok')),
      [],
    );
    assert.equal(result.status, 0);
  });
});
