/** What goes wrong with condor_glexec_setup: nothing is lost, and the error says what to do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, test } from 'node:test';
import path from 'node:path';
import { skipIf } from '../support/need';
import { noProcessLeft, processesLeft } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { isAsBefore, smallDisk, stageWithInput } from './support/input';
import { needsStage, PROXY, TARGET } from './support/stage';

const skip = skipIf(needsStage());

describe('condor_glexec_setup leaves the sandbox as it was', { skip }, () => {
  for (const [word, status, words] of [
    ['201', 2, /exit status 201 \(what we asked for was wrong: the proxy, or the command\)/],
    ['202', 3, /exit status 202 \(an error inside gLExec: .*\), 1 times/],
    ['203', 3, /exit status 203 \(not authorised, or the mapping was not reached\), 1 times/],
    ['126', 2, /exit status 126 \(it could not be run\)/],
    ['after-202', 3, /exit status 202/],
  ] as const) {
    test(`when gLExec gives ${word}: exit status ${status}`, async (t) => {
      const { stage, inode } = stageWithInput(t);
      stage.queue(word);
      const end = await stage.setup();
      assert.equal(end.status, status);
      assert.match(end.stderr, words);
      isAsBefore(stage, inode);
    });
  }

  test('when the proxy is not private, or no file', async (t) => {
    const { stage, inode } = stageWithInput(t);
    chmodSync(`${stage.sandbox}/${PROXY}`, 0o644);
    const open = await stage.setup(3);
    assert.equal(open.status, 2);
    assert.match(open.stderr, /wrong kind, owner or mode/);
    isAsBefore(stage, inode);
    renameSync(`${stage.sandbox}/${PROXY}`, `${stage.execute}/elsewhere`);
    symlinkSync(`${stage.execute}/elsewhere`, `${stage.sandbox}/${PROXY}`);
    const linked = await stage.setup(3);
    assert.equal(linked.status, 2);
    assert.match(linked.stderr, /the proxy .* is no regular file/);
    assert.equal(stage.pathsShown().length, 0);
  });

  test('when a file of it cannot be read', async (t) => {
    const { stage, inode } = stageWithInput(t);
    const closed = stage.put('closed', 'x', 0);
    const { status, stderr } = await stage.setup();
    assert.equal(status, 2);
    assert.match(stderr, /closed: Cannot open: Permission denied/);
    assert.match(stderr, /cannot read all of .*dir_77\.condor: tar ended with 2/);
    unlinkSync(closed);
    isAsBefore(stage, inode);
  });

  test('when somebody else’s directory is in the way', async (t) => {
    const { stage, inode } = stageWithInput(t);
    mkdirSync(stage.condor);
    chownSync(stage.condor, TARGET, TARGET);
    const { status, stderr } = await stage.setup();
    assert.equal(status, 2);
    assert.match(stderr, /dir_77\.condor is there already/);
    execFileSync('rmdir', [stage.condor]);
    isAsBefore(stage, inode);
  });

  test('when the disk is full', async (t) => {
    const { stage, inode } = stageWithInput(t, { execute: smallDisk(t, 4096) });
    stage.put('big', 'x'.repeat(3 * 1024 * 1024));
    const { status, stderr } = await stage.setup(3);
    assert.equal(status, 2);
    assert.match(stderr, /No space left on device/);
    assert.equal(statSync(`${stage.sandbox}/big`).size, 3 * 1024 * 1024);
    unlinkSync(`${stage.sandbox}/big`);
    isAsBefore(stage, inode);
  });

  test('when the disk has no inode left, at whichever step', async (t) => {
    const execute = smallDisk(t, 1024);
    const { stage, inode } = stageWithInput(t, { execute });
    const failed: number[] = [];
    for (let inodes = 5; inodes < 14; inodes++) {
      execFileSync('mount', ['-o', `remount,nr_inodes=${inodes}`, path.dirname(execute)]);
      const { status, stderr } = await stage.setup();
      if (status === 0) break;
      assert.equal(status, 2);
      assert.match(stderr, /No space left on device/);
      isAsBefore(stage, inode);
      failed.push(inodes);
    }
    // The sandbox has 5 with its disk; a copy of it 3, and the script four of its own.
    assert.ok(failed.length >= 6, failed.join());
  });

  test('when gLExec is not there, or no absolute path', async (t) => {
    const { stage, inode } = stageWithInput(t);
    for (const glexec of ['/no/such/glexec', 'glexec', '']) {
      const words = [glexec, PROXY, stage.sandbox, '0', '0'];
      const { status, stderr } = await stage.start('setup', words).ended;
      assert.equal(status, 1);
      assert.match(stderr, /cannot run \/no\/such\/glexec|expected an absolute path/);
    }
    isAsBefore(stage, inode);
  });

  test('when its arguments are wrong, with exit status 1', async (t) => {
    const { stage, inode } = stageWithInput(t);
    const { glexec, sandbox } = stage;
    for (const [words, message] of [
      [[], /expected GLEXEC PROXY SANDBOX \[RETRIES DELAY\], got 0 arguments/],
      [[glexec, PROXY, sandbox, '1'], /got 4 arguments/],
      [[glexec, 'a/b', sandbox], /the proxy's name is 'a\/b'/],
      [[glexec, '..', sandbox], /the proxy's name is '\.\.'/],
      [[glexec, PROXY, 'dir_77'], /the sandbox is 'dir_77': expected an absolute path/],
      [[glexec, PROXY, `${sandbox}/`], /without \/ at its end/],
      [[glexec, PROXY, sandbox, '-1', '0'], /RETRIES is '-1': expected a whole number/],
      [[glexec, PROXY, sandbox, '0', '1s'], /DELAY is '1s'/],
      [[glexec, PROXY, sandbox, '99999999999', '0'], /RETRIES is '99999999999'/],
    ] as const) {
      const { status, stderr } = await stage.start('setup', words).ended;
      assert.equal(status, 1, words.join(' '));
      assert.match(stderr, message);
    }
    isAsBefore(stage, inode);
  });
});

test('condor_glexec_setup that is killed as it begins leaves no process', { skip }, async (t) => {
  // Whoever passes gLExec's words on ends all others, before gLExec has begun to write.
  const programs = temporaryDirectory(t);
  chmodSync(programs, 0o755);
  const lines = `#!/bin/sh
sleep 0.2
for child in $(pgrep -P "$PPID"); do [ "$child" = $$ ] || kill -s KILL "$child"; done
kill -s KILL "$PPID"
exec /bin/cat "$@"
`;
  writeFileSync(`${programs}/cat`, lines, { mode: 0o755 });
  const mark = `killed-${process.pid}`;
  const { stage } = stageWithInput(t);
  t.after(() => {
    for (const { pid } of processesLeft(mark)) process.kill(pid, 'SIGKILL');
  });
  const env = { PATH: `${programs}:/usr/bin:/bin`, MARK: mark };
  const setup = stage.start('setup', stage.words(0), { env });
  await once(setup.process, 'exit');
  assert.equal(setup.process.signalCode, 'SIGKILL');
  await noProcessLeft(mark);
  await setup.ended;
});
