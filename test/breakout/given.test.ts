/**
 * What a job is given, and nothing more: the process itself says it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { JOB_UID, STARTERS } from '../support/starters';
import { attempt, needsAttackers, setScene } from './attack';

const skip = skipIf(needsAttackers());
const NO_BITS = '0000000000000000';

/** A field of /proc/self/status as the payload printed it. */
function field(text: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? 'absent';
}

for (const starter of STARTERS) {
  describe(`a job of ${starter.name}`, { skip }, () => {
    test('has its ids four times over, no capability, no blocked and no ignored signal', async (t) => {
      const scene = setScene(t, starter);
      // As nohup(1) and shells do with what runs in the background.
      const through = ['sh', '-c', 'trap "" HUP INT QUIT PIPE USR1; exec "$@"', 'sh'];
      const { stdout } = await scene.run(scene.attack('describe'), { through });
      const ids = Array(4).fill(JOB_UID).join('\t');
      assert.equal(field(stdout, 'Uid'), ids);
      assert.equal(field(stdout, 'Gid'), ids);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        assert.equal(field(stdout, set), NO_BITS, set);
      }
      for (const set of ['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd', 'ShdPnd']) {
        assert.equal(field(stdout, set), NO_BITS, set);
      }
      assert.equal(field(stdout, 'NoNewPrivs'), '1');
    });

    test('has its three standard streams and no other descriptor', async (t) => {
      const scene = setScene(t, starter);
      const through = ['sh', '-c', 'exec 7</etc/passwd 9>/dev/null; exec "$@"', 'sh'];
      const result = await scene.run(scene.attack('describe'), { through });
      assert.equal(field(result.stdout, 'Descriptors').split(' ').sort().join(' '), '0 1 2');
      assert.equal(field(result.stdout, 'Flags of stdout'), '0');
    });

    test('leads a session of its own', async (t) => {
      const scene = setScene(t, starter);
      assert.equal(attempt(await scene.run(scene.attack('describe')), 'Session leader'), 'yes');
    });

    test('has a session keyring that is not its caller’s', async (t) => {
      const scene = setScene(t, starter);
      const through = [scene.payload, 'join-keyring'];
      const result = await scene.run(scene.attack('describe'), { through });
      const rings = ['Keyring of the caller', 'Session keyring'].map((name) =>
        Number(attempt(result, name)),
      );
      assert.ok(
        rings.every((ring) => ring > 0),
        result.stdout,
      );
      assert.notEqual(rings[0], rings[1]);
    });

    test('has nothing of its caller’s environment', async (t) => {
      const scene = setScene(t, starter);
      const secret = 'key-of-the-pool';
      const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', CONDOR_PRIVATE_INHERIT: secret };
      const { stdout } = await scene.run({ Cmd: '/usr/bin/env' }, { env });
      assert.match(stdout, /^_CONDOR_SCRATCH_DIR=/m);
      assert.doesNotMatch(stdout, /key-of-the-pool|^(NODE_|MALLOC_|UV_|EYRIE_|CONDOR_PRIVATE)/m);
    });
  });
}
