/**
 * Attempts of a job to outlive itself, or to take others with it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { waitUntil } from '../support/wait';
import { attempt, needsAttackers, STARTERS, type Starter, setScene } from './attack';

const skip = skipIf(needsAttackers());

/** Without a PID namespace the subreaper has to find what is left; only root may do without. */
function namespaceChoices(starter: Starter): readonly (readonly [string, readonly string[]])[] {
  const withOne = ['with a PID namespace', ['--set', 'USE_PID_NAMESPACES=true']] as const;
  if (starter.uid !== 0) return [withOne];
  return [withOne, ['without a PID namespace', ['--set', 'USE_PID_NAMESPACES=false']]];
}

for (const starter of STARTERS) {
  for (const [name, options] of namespaceChoices(starter)) {
    describe(`a job of ${starter.name}, ${name}`, { skip }, () => {
      test('that kills everything it can reaches nobody outside', async (t) => {
        const scene = setScene(t, starter);
        const bystander = setScene(t, starter).start(['sleep'], {
          command: '/bin/sleep',
          options,
        });
        t.after(() => bystander.process.kill('SIGKILL'));
        const result = await scene.run(['kill-all'], { options });
        assert.equal(result.status, 0, result.stderr);
        assert.ok(attempt(result, 'kill -9 -1') !== undefined);
        assert.ok(isAlive(process.pid));
      });

      test('that leaves a daemon with no name, session or environment leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const result = await scene.run(['daemonize', scene.payload], { options });
        assert.equal(attempt(result, 'daemon'), 'ok');
        assert.equal(result.status, 0);
      });

      test('that leaves stopped children which ignore all signals leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const result = await scene.run(['stubborn-children'], { options });
        assert.equal(attempt(result, 'children'), 'ok');
      });

      test('that leaves a fork bomb of 2,000 moving processes leaves nothing', async (t) => {
        const scene = setScene(t, starter);
        const result = await scene.run(['fork-bomb', '2000'], { options });
        assert.equal(attempt(result, 'bomb'), '2000 processes');
      });

      test('whose starter is killed with SIGKILL is gone with all it started', async (t) => {
        const scene = setScene(t, starter);
        const running = scene.start(['stubborn-children'], {
          options,
          command: '/bin/sh',
          ad: [
            `Arguments = "-c '${scene.payload} stubborn-children; ${scene.payload} daemonize ${scene.payload}; echo set; sleep 600'"`,
          ],
        });
        await waitUntil(() => running.stdout().includes('set\n'), 'the job to set itself up', 20);
        assert.ok(scene.left().length > 8, `only ${scene.left().length} processes`);
        running.process.kill('SIGKILL');
        await scene.nothingLeft();
      });
    });
  }

  describe(`the starter of ${starter.name}`, { skip }, () => {
    test('cannot be read, traced or killed by its job', async (t) => {
      const scene = setScene(t, starter);
      // In a PID namespace the starter has no number at all; init is the nearest to it.
      const result = await scene.run(['read-memory', '1']);
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

describe('a job of root without a PID namespace', { skip }, () => {
  test('can do nothing to the starter and its init, whose numbers it knows', async (t) => {
    const scene = setScene(t, { name: 'root', uid: 0 });
    const running = scene.start([], {
      command: '/bin/sh',
      options: ['--set', 'USE_PID_NAMESPACES=false'],
      ad: [
        `Arguments = "-c 'echo parent $PPID; ${scene.payload} read-memory $PPID; ${scene.payload} read-memory $(sed -n ''s/^PPid:.//p'' /proc/$PPID/status)'"`,
      ],
    });
    const result = await running.ended;
    const attempts = result.stdout.match(/^(ptrace|process_vm|mem|environ|kill).*$/gm) ?? [];
    assert.ok(attempts.length >= 10, result.stdout + result.stderr);
    assert.deepEqual(
      attempts.filter((line) => line.endsWith(': ok')),
      [],
    );
    assert.equal(result.status, 0);
  });
});
