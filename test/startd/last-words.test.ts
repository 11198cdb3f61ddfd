/** What a starter says that was spawned, but cannot begin. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { CLEAN_ENVIRONMENT, runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const SPAWNED = { ...CLEAN_ENVIRONMENT, CONDOR_INHERIT: 'nonsense' };

/** Runs a starter in a directory of logs; gives its standard error and what is there afterwards. */
function start(t: TestContext, env: Readonly<Record<string, string>>, suffix = 'slot1_1') {
  const cwd = temporaryDirectory(t);
  const argv = [program('condor_starter'), '-f', '-a', suffix, '<127.0.0.1:9618>'];
  const run = async () => {
    const { status, stderr } = await runCommand(argv, { cwd, env });
    assert.equal(status, 1);
    return stderr;
  };
  return { cwd, run };
}

describe(
  'a starter that a startd spawned and that cannot begin',
  { skip: skipIf(needsProduct()) },
  () => {
    test('says why in the log of its slot, and to whoever reads its standard error', async (t) => {
      const { cwd, run } = start(t, SPAWNED);
      assert.match(await run(), /condor_starter: CONDOR_INHERIT: expected/);
      await run();
      const text = fs.readFileSync(`${cwd}/StarterLog.slot1_1`, 'utf8');
      const line =
        /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d \(pid:\d+\) The starter cannot begin: CONDOR_INHERIT: /;
      const lines = text.trimEnd().split('\n');
      assert.equal(lines.length, 2);
      for (const said of lines) assert.match(said, line);
      assert.equal(fs.statSync(`${cwd}/StarterLog.slot1_1`).mode & 0o777, 0o644);
    });

    test('follows no link, and leaves its directory for nothing', async (t) => {
      const { cwd, run } = start(t, SPAWNED);
      fs.symlinkSync('elsewhere', `${cwd}/StarterLog.slot1_1`);
      await run();
      assert.deepEqual(fs.readdirSync(cwd), ['StarterLog.slot1_1']);
      const up = start(t, SPAWNED, 'x/../../StarterLog.up');
      await up.run();
      assert.deepEqual(fs.readdirSync(up.cwd), ['StarterLog']);
    });

    test('writes no file where nobody spawned it', async (t) => {
      const { cwd, run } = start(t, CLEAN_ENVIRONMENT);
      assert.match(await run(), /CONDOR_INHERIT is not set/);
      assert.deepEqual(fs.readdirSync(cwd), []);
    });
  },
);
