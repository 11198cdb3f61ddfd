/**
 * Attempts of a job to reach files that are not its own, and to leave files that cannot be removed.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { attempt, needsAttackers, STARTERS, setScene } from './attack';

const skip = skipIf(needsAttackers());

for (const starter of STARTERS) {
  describe(`a job of ${starter.name}`, { skip }, () => {
    test('cannot see the sandbox of another job with the same uid', async (t) => {
      const scene = setScene(t, starter);
      const victim = scene.start([], {
        command: '/bin/sh',
        ad: [
          `Arguments = "-c 'echo secret > $_CONDOR_SCRATCH_DIR/proxy; echo $_CONDOR_SCRATCH_DIR; exec sleep 600'"`,
        ],
      });
      t.after(() => victim.process.kill('SIGKILL'));
      await waitUntil(() => victim.stdout().includes('\n'), 'the victim to write its file');
      const sandbox = victim.stdout().trim();
      assert.equal(readFileSync(path.join(sandbox, 'proxy'), 'utf8'), 'secret\n');

      const thief = await scene.start([], {
        command: '/bin/sh',
        ad: [
          `Arguments = "-c 'echo ran; cat ${sandbox}/proxy; ls -A ${scene.execute}; ls -d $_CONDOR_SCRATCH_DIR'"`,
        ],
      }).ended;
      assert.match(thief.stderr, /proxy.*No such file/);
      const [ran, ...seen] = thief.stdout.trim().split('\n');
      assert.equal(ran, 'ran');
      assert.equal(seen.length, 2, thief.stdout);
      assert.equal(path.join(scene.execute, seen[0] ?? ''), seen[1]);
    });

    test('cannot see a sandbox that is made after it started', async (t) => {
      const scene = setScene(t, starter);
      const watcher = scene.start([], {
        command: '/bin/sh',
        ad: [
          `Arguments = "-c 'echo ready; while [ ! -e ${scene.directory}/look ]; do sleep 0.05; done; ls -A ${scene.execute} | wc -l'"`,
        ],
      });
      await waitUntil(() => watcher.stdout().includes('ready'), 'the watcher to start');
      const later = scene.start(['600'], { command: '/bin/sleep' });
      t.after(() => later.process.kill('SIGKILL'));
      await waitUntil(
        () => execFileSync('ls', ['-A', scene.execute]).toString().trim().split('\n').length === 2,
        'the second sandbox',
      );
      writeFileSync(path.join(scene.directory, 'look'), '');
      assert.equal((await watcher.ended).stdout, 'ready\n1\n');
    });

    test('cannot undo its mounts, nor in a user namespace of its own', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(['undo-mounts', '/tmp', '/proc', '/dev/shm', scene.execute]);
      // A remount of what is writable already, /tmp and /dev/shm, undoes nothing.
      const undone = new RegExp(`^(umount .*|remount (/proc|${scene.execute}).*): ok$`);
      assert.deepEqual(
        result.stdout.split('\n').filter((line) => undone.test(line)),
        [],
      );
      assert.equal(result.stdout.match(/^umount /gm)?.length, 8);
    });

    test('makes no device nodes and opens no devices', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(['make-devices']);
      for (const name of ['mknod mem', 'mknod disk', 'open /dev/mem', 'open /dev/vda']) {
        assert.match(attempt(result, name) ?? 'not tried', /not permitted|denied|No such/, name);
      }
    });

    test('cannot become root again', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(['regain-root']);
      for (const name of ['setresuid 0', 'setresgid 0', 'setgroups 0', 'mount']) {
        assert.match(attempt(result, name) ?? 'not tried', /not permitted|Invalid/, name);
      }
    });

    test('stays below its root after the classic escape', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(['chroot-escape']);
      assert.match(attempt(result, 'chroot') ?? 'not tried', /not permitted/);
    });

    test('that writes into a FIFO without a reader is held at once, not started', async (t) => {
      const scene = setScene(t, starter);
      execFileSync('mkfifo', ['-m', '666', path.join(scene.directory, 'pipe')]);
      const result = await scene.start(['describe'], { ad: ['Out = "pipe"'] }).ended;
      assert.equal(result.status, 125);
      assert.match(result.stderr, /pipe/);
      assert.equal(result.stdout, '');
    });

    test('whose stdout is a link writes where its own rights reach, and no further', async (t) => {
      const scene = setScene(t, starter);
      const precious = path.join(temporaryDirectory(t, { mode: 0o755 }), 'precious');
      writeFileSync(precious, 'untouched', { mode: 0o644 });
      symlinkSync(precious, path.join(scene.directory, 'out'));
      const result = await scene.start(['describe'], { ad: ['Out = "out"'] }).ended;
      assert.equal(readFileSync(precious, 'utf8'), 'untouched');
      assert.equal(result.status, 125, result.stdout);
      assert.match(result.stderr, /out.*Permission denied/);
    });

    test('cannot keep its sandbox from being removed, nor lead the removal outside', async (t) => {
      const scene = setScene(t, starter);
      const outside = path.join(scene.directory, 'outside');
      mkdirSync(outside, { mode: 0o777 });
      writeFileSync(path.join(outside, 'keep'), 'kept');
      const mess = [
        'cd $_CONDOR_SCRATCH_DIR',
        `ln -s ${outside} link`,
        `ln -s / root`,
        `ln ${outside}/keep hard 2>/dev/null || true`,
        'mkdir -p locked/in/side && touch locked/in/side/file && chmod 0 locked/in/side/file locked/in/side locked/in locked',
        'mkfifo fifo',
        'i=0; while [ $i -lt 1500 ]; do mkdir d && cd d || break; i=$((i+1)); done; echo deep $i',
      ].join('; ');
      const result = await scene.run([], {
        command: '/bin/sh',
        ad: [`Arguments = "-c '${mess}'"`],
      });
      assert.equal(result.stdout, 'deep 1500\n', result.stderr);
      assert.equal(readFileSync(path.join(outside, 'keep'), 'utf8'), 'kept');
      assert.ok(existsSync('/etc/passwd'));
    });
  });
}
