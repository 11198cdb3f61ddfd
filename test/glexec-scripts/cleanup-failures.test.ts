/** What goes wrong with condor_glexec_cleanup: the results stay where they are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import path from 'node:path';
import { skipIf } from '../support/need';
import { isAsBefore, smallDisk, stageWithInput } from './support/input';
import { namesIn, needsStage, ownership, PROXY, TARGET } from './support/stage';

const skip = skipIf(needsStage());

describe('condor_glexec_cleanup loses no result', { skip }, () => {
  test('when the disk has no room for them twice', async (t) => {
    const { stage } = stageWithInput(t, { execute: smallDisk(t, 4096) });
    assert.equal((await stage.setup()).status, 0);
    stage.asJob('head -c 2500000 /dev/zero >result; echo end >>result');
    const { status, stderr } = await stage.cleanup(3);
    assert.equal(status, 1);
    assert.match(stderr, /No space left on device/);
    assert.match(stderr, /they stay in .*dir_77/);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.equal(statSync(`${stage.sandbox}/result`).size, 2_500_004);
    execFileSync('mount', ['-o', 'remount,size=16384k', path.dirname(stage.execute)]);
    assert.equal((await stage.cleanup()).status, 0);
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
    assert.equal(readFileSync(`${stage.sandbox}/result`, 'latin1').slice(-4), 'end\n');
  });

  test('when gLExec refuses, before the copy or after it', async (t) => {
    const { stage } = stageWithInput(t);
    assert.equal((await stage.setup()).status, 0);
    stage.asJob('echo result >result');
    for (const queue of [['201'], ['run', '201'], ['203'], ['run', '203']]) {
      stage.queue(...queue);
      const { status, stderr } = await stage.cleanup();
      assert.equal(status, 1);
      assert.match(stderr, /exit status 20\d/);
      assert.equal(ownership(`${stage.sandbox}/result`), `${TARGET} 644`);
    }
    assert.equal((await stage.cleanup()).status, 0);
    assert.equal(readFileSync(`${stage.sandbox}/result`, 'utf8'), 'result\n');
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
  });

  test('when the job has removed its sandbox, it gives the starter its own back', async (t) => {
    const { stage, inode } = stageWithInput(t);
    assert.equal((await stage.setup()).status, 0);
    stage.asJob('rm -rf "$PWD"');
    const { status, stderr } = await stage.cleanup();
    assert.equal(status, 1);
    assert.match(stderr, /the job has removed .*dir_77/);
    assert.equal(statSync(stage.sandbox).ino, inode);
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
  });

  test('when there was no setup, it touches nothing', async (t) => {
    const { stage, inode } = stageWithInput(t);
    const { status, stderr } = await stage.cleanup();
    assert.equal(status, 1);
    assert.match(stderr, /there was no condor_glexec_setup/);
    isAsBefore(stage, inode);
  });
});
