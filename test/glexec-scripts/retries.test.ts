/** A gLExec that refuses for a while or hangs, and scripts that are stopped. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { isAsBefore, stageWithInput } from './support/input';
import { namesIn, needsStage, ownership, PROXY, TARGET } from './support/stage';

const skip = skipIf(needsStage());

describe('GLEXEC_RETRIES and GLEXEC_RETRY_DELAY', { skip }, () => {
  test('are for 202 and 203, and no other exit status', async (t) => {
    const { stage } = stageWithInput(t);
    stage.queue('203', '202', '203');
    const { status, stderr } = await stage.setup(3);
    assert.equal(status, 0);
    assert.equal(stderr.match(/retrying in 0 s/g)?.length, 3);
    assert.match(stderr, /attempt 4 of 4/);
    stage.queue('202', '201');
    assert.equal((await stage.cleanup(3)).status, 1);
    assert.equal(stage.pathsShown().length, 6);
    stage.queue('203', '203', 'run', '202');
    assert.equal((await stage.cleanup(2)).status, 0);
    assert.equal(readFileSync(`${stage.sandbox}/input`, 'utf8'), 'of the job\n');
  });

  test('wait between two attempts, the first time just DELAY', async (t) => {
    const { stage } = stageWithInput(t);
    stage.queue('203');
    const before = performance.now();
    const words = [stage.glexec, PROXY, stage.sandbox, '1', '1'];
    const { status, stderr } = await stage.start('setup', words).ended;
    assert.equal(status, 0);
    assert.match(stderr, /retrying in 1 s, attempt 2 of 2/);
    assert.ok(performance.now() - before >= 1000);
  });

  test('do not make a second copy where only an epilogue failed', async (t) => {
    const { stage } = stageWithInput(t);
    stage.queue('after-202');
    assert.equal((await stage.setup(1)).status, 0);
    assert.deepEqual(namesIn(stage.execute), ['dir_77', 'dir_77.condor']);
    stage.queue('after-202', 'run', 'after-203');
    const { status, stderr } = await stage.cleanup(1);
    assert.equal(status, 0, stderr);
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
  });
});

describe('a gLExec that hangs', { skip }, () => {
  const env = { _CONDOR_GLEXEC_TIMEOUT: '1' };

  test('is ended after GLEXEC_TIMEOUT, and tried again', async (t) => {
    const { stage, inode } = stageWithInput(t);
    stage.queue('hang', 'hang');
    const { status, stderr } = await stage.setup(1, env);
    assert.equal(status, 3);
    assert.equal(stderr.match(/has not begun its work after 1 s \(GLEXEC_TIMEOUT\)/g)?.length, 2);
    isAsBefore(stage, inode);
    assert.equal((await stage.setup(0, env)).status, 0);
    stage.queue('hang');
    const late = await stage.cleanup(0, env);
    assert.equal(late.status, 1);
    assert.match(late.stderr, /the results stay in .*dir_77/);
    assert.equal((await stage.cleanup(0, env)).status, 0);
    assert.equal(readFileSync(`${stage.sandbox}/input`, 'utf8'), 'of the job\n');
  });

  test('is given up where it cannot be ended, and nothing waits for it', async (t) => {
    const { stage, inode } = stageWithInput(t);
    stage.queue('hang-for-good');
    const { status, stderr } = await stage.setup(3, env);
    assert.equal(status, 2);
    assert.match(stderr, /it hangs and could not be ended/);
    isAsBefore(stage, inode);
    assert.equal((await stage.setup(0, env)).status, 0);
    stage.queue('hang-for-good');
    assert.equal((await stage.cleanup(0, env)).status, 1);
    assert.equal(ownership(`${stage.sandbox}/input`), `${TARGET} 644`);
  });

  test('is not one that copies for longer than that', async (t) => {
    const { stage } = stageWithInput(t);
    const place = temporaryDirectory(t);
    writeFileSync(`${place}/tar`, '#!/bin/sh\nsleep 2\nexec /bin/tar "$@"\n', { mode: 0o755 });
    stage.putFirstOnPath(place);
    assert.equal((await stage.setup(0, env)).status, 0);
    assert.equal((await stage.cleanup(0, env)).status, 0);
  });

  test('has a limit that must be a number', async (t) => {
    const { stage } = stageWithInput(t);
    const { status, stderr } = await stage.setup(0, { _CONDOR_GLEXEC_TIMEOUT: 'never' });
    assert.equal(status, 1);
    assert.match(stderr, /GLEXEC_TIMEOUT is 'never': expected a number of seconds above 0/);
  });
});

describe('a script that is stopped', { skip }, () => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    test(`by ${signal} puts the sandbox in order first`, async (t) => {
      const { stage, inode } = stageWithInput(t);
      stage.queue('hang');
      const words = [stage.glexec, PROXY, stage.sandbox, '0', '0'];
      const running = stage.start('setup', words);
      await waitUntil(() => stage.pathsShown().length === 1, 'gLExec');
      running.process.kill(signal);
      const { status, stderr } = await running.ended;
      assert.equal(status, signal === 'SIGTERM' ? 143 : 129);
      assert.match(stderr, new RegExp(`stopped by ${signal}`));
      isAsBefore(stage, inode);
    });
  }

  test('while the mapped user copies takes the half of a copy away', async (t) => {
    const { stage, inode } = stageWithInput(t);
    const place = temporaryDirectory(t);
    writeFileSync(`${place}/tar`, '#!/bin/sh\n: >half\nexec sleep 30\n', { mode: 0o755 });
    stage.putFirstOnPath(place);
    const running = stage.start('setup', [stage.glexec, PROXY, stage.sandbox, '0', '0']);
    await waitUntil(
      () => namesIn(stage.execute).length === 2 && namesIn(stage.sandbox).length > 0,
      'half',
    );
    running.process.kill('SIGTERM');
    assert.equal((await running.ended).status, 143);
    isAsBefore(stage, inode);
  });
});

describe('a setup that is stopped when all is copied', { skip }, () => {
  test('is done: the old files are on their way out', async (t) => {
    const { stage } = stageWithInput(t);
    const place = temporaryDirectory(t, { mode: 0o777 });
    const lines = `touch ${place}/reached; sleep 0.5; exec /usr/bin/find "$@"`;
    writeFileSync(`${place}/find`, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    const words = [stage.glexec, PROXY, stage.sandbox, '0', '0'];
    const env = { PATH: `${place}:/usr/bin:/bin` };
    const running = stage.start('setup', words, { env });
    await waitUntil(() => existsSync(`${place}/reached`), 'the removal of the old files');
    running.process.kill('SIGTERM');
    assert.equal((await running.ended).status, 0);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.equal(ownership(`${stage.sandbox}/input`), `${TARGET} 644`);
  });
});
