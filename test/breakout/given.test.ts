/**
 * What a job is given: the process itself says it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { attempt, needsAttackers, ORDINARY_UID, STARTERS, setScene } from './attack';

const skip = skipIf(needsAttackers());
const NO_BITS = '0000000000000000';

/** A field of /proc/self/status as the payload printed it. */
function field(text: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? 'absent';
}

for (const starter of STARTERS) {
  describe(`a job of ${starter.name}`, { skip }, () => {
    test('has its ids four times over, no capability, no blocked and no ignored signal', async (t) => {
      const result = await setScene(t, starter).run(['describe']);
      const text = result.stdout;
      const ids = Array(4).fill(ORDINARY_UID).join('\t');
      assert.equal(field(text, 'Uid'), ids);
      assert.match(field(text, 'Gid'), /^65534\t65534\t65534\t65534$/);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        assert.equal(field(text, set), NO_BITS, set);
      }
      for (const set of ['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd', 'ShdPnd']) {
        assert.equal(field(text, set), NO_BITS, set);
      }
      assert.equal(field(text, 'NoNewPrivs'), '1');
      assert.equal(field(text, 'Umask'), '0022');
    });

    test('has its three standard streams and no other descriptor', async (t) => {
      const result = await setScene(t, starter).run(['describe']);
      assert.equal(field(result.stdout, 'Descriptors').split(' ').sort().join(' '), '0 1 2');
      assert.equal(field(result.stdout, 'Flags of stdout'), '0');
    });

    test('leads a session of its own, with a keyring of its own', async (t) => {
      const scene = setScene(t, starter);
      const first = await scene.run(['describe']);
      const second = await scene.run(['describe']);
      assert.equal(attempt(first, 'Session leader'), 'yes');
      const rings = [first, second].map((each) => Number(attempt(each, 'Session keyring')));
      assert.ok(
        rings.every((ring) => ring > 0),
        rings.join(),
      );
      assert.notEqual(rings[0], rings[1]);
    });

    test('sees itself and init only, in a /proc of its own', async (t) => {
      const result = await setScene(t, starter).run([], {
        command: '/bin/sh',
        ad: [`Arguments = "-c 'echo pid $$; ls -d /proc/[0-9]*; cat /proc/1/comm'"`],
      });
      const [pid, ...seen] = result.stdout.trim().split('\n');
      assert.equal(pid, 'pid 2');
      assert.equal(seen.pop(), 'eyrie-init');
      // The shell finds the names before it starts ls.
      assert.deepEqual(seen, ['/proc/1', '/proc/2']);
    });

    test('has nothing of the starter in its environment', async (t) => {
      const result = await setScene(t, starter).run([], {
        command: '/usr/bin/env',
        ad: [`Environment = "MINE=1 TWO='a b'"`],
      });
      const names = result.stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/=.*/, ''));
      assert.ok(names.includes('MINE') && names.includes('_CONDOR_SCRATCH_DIR'), result.stdout);
      assert.deepEqual(
        names.filter((name) => /^(NODE_|MALLOC_|UV_|CONDOR_INHERIT|CONDOR_PRIVATE)/.test(name)),
        [],
      );
    });
  });
}
