/**
 * eyrie-enter, built with AddressSanitizer and UndefinedBehaviorSanitizer, at real work. A sanitizer that
 * finds something ends it with a signal, and then no command has an end of its own.
 */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { holdJob, WAIT } from '../enter/support';
import { makeSite, type TestEnd } from '../run/support/site';
import { startCommand } from '../support/command';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { ROOT } from '../support/starters';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { sanitized } from './sanitized';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

/** A copy of the product with that program in it: `eyrie`'s path. */
function productWithIt(t: TestEnd): string {
  const copy = path.join(temporaryDirectory(t), 'dist');
  cpSync(path.join(TREE, 'dist'), copy, { recursive: true });
  copyFileSync(sanitized('eyrie-enter'), path.join(copy, 'libexec/eyrie/eyrie-enter'));
  return path.join(copy, 'bin/eyrie');
}

describe('the sanitized eyrie-enter', { skip }, () => {
  for (const pidNamespaces of ['true', 'false']) {
    test(`does its work, with USE_PID_NAMESPACES = ${pidNamespaces}`, async (t) => {
      const eyrie = productWithIt(t);
      const knobs = { USE_PID_NAMESPACES: pidNamespaces };
      const job = await holdJob(t, makeSite(t, ROOT), WAIT, { knobs });
      const enter = (words: readonly string[], input?: string) =>
        startCommand(
          [eyrie, 'enter', job.name, '--', ...words],
          input === undefined ? {} : { input },
        );
      const input = 'x\n'.repeat(100_000);
      const passed = await enter(['sh', '-c', 'cat; (setsid sleep 100 &); exit 3'], input).ended;
      assert.equal(passed.stderr, '');
      assert.equal(passed.status, 3);
      assert.equal(passed.stdout.length, input.length);
      const missing = await enter(['no-such-command']).ended;
      assert.match(missing.stderr, /cannot run no-such-command .*: No such file or directory/);
      const stopped = enter(['sh', '-c', 'echo in; exec sleep 100']);
      await waitUntil(() => stopped.stdout() === 'in\n', 'the command');
      stopped.process.kill('SIGTERM');
      assert.equal((await stopped.ended).status, 137);
      const lines = `${eyrie} enter ${job.name} -- sh -c "stty size; exit 4"; echo "status $?"`;
      const script = ['script', '--quiet', '--return', '--command', lines, '/dev/null'];
      const { stdout } = await startCommand(script, { keepInputOpen: true }).ended;
      assert.match(stdout, /0 0\r\nstatus 4\r\n/);
    });
  }
});
