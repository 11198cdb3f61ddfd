/**
 * Attempts of a job to reach files that are not its own, and to leave files that cannot be removed.
 */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { shell } from '../run/support/ads';
import { makeImage } from '../run/support/image';
import { skipIf } from '../support/need';
import { giveTo, JOB_UID, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { attempt, needsAttackers, setScene } from './attack';

const skip = skipIf(needsAttackers());

for (const starter of STARTERS) {
  describe(`a job of ${starter.name}`, { skip }, () => {
    test('cannot see the sandbox of another job with the same uid', async (t) => {
      const scene = setScene(t, starter);
      const victim = scene.start(
        shell('cd $_CONDOR_SCRATCH_DIR; echo secret > proxy; pwd; sleep 600'),
      );
      t.after(() => victim.process.kill('SIGKILL'));
      await victim.said('\n');
      const sandbox = victim.stdout().trim();
      assert.equal(readFileSync(path.join(sandbox, 'proxy'), 'utf8'), 'secret\n');

      const { execute } = scene;
      const look = `echo ran; cat ${sandbox}/proxy; ls -A ${execute}; ls -d $_CONDOR_SCRATCH_DIR`;
      const thief = await scene.start(shell(look)).ended;
      assert.match(thief.stderr, /proxy.*No such file/);
      const [ran, ...seen] = thief.stdout.trim().split('\n');
      assert.equal(ran, 'ran');
      assert.equal(seen.length, 2, thief.stdout);
      assert.equal(path.join(execute, seen[0] ?? ''), seen[1]);
    });

    test('cannot see one through an Iwd that has EXECUTE in it, either', async (t) => {
      const scene = setScene(t, starter);
      const victim = scene.start(shell('echo ready; sleep 600'));
      t.after(() => victim.process.kill('SIGKILL'));
      await victim.said('ready');
      const Iwd = path.dirname(scene.execute);
      const { stdout } = await scene.start({ ...shell('pwd; ls -A execute | wc -l'), Iwd }).ended;
      assert.equal(stdout, `${Iwd}\n1\n`);
    });

    test('cannot see a sandbox that is made after it started', async (t) => {
      const scene = setScene(t, starter);
      const wait = 'while [ ! -e look ]; do sleep 0.05; done';
      const watcher = scene.start(shell(`echo ready; ${wait}; ls -A ${scene.execute} | wc -l`));
      await watcher.said('ready');
      const later = scene.start(shell('sleep 600'));
      t.after(() => later.process.kill('SIGKILL'));
      await waitUntil(() => scene.sandboxes().length === 2, 'the second sandbox');
      writeFileSync(path.join(scene.iwd, 'look'), '');
      assert.equal((await watcher.ended).stdout, 'ready\n1\n');
    });

    test('cannot undo its mounts, nor in a user namespace of its own', async (t) => {
      const scene = setScene(t, starter);
      const places = ['/tmp', '/proc', '/dev/shm', scene.execute];
      const result = await scene.run(scene.attack('undo-mounts', ...places));
      const done = result.stdout
        .split('\n')
        .filter((line) => /^(umount|remount).*: ok$/.test(line));
      // The mount of /tmp has no flag that a remount could take away.
      assert.deepEqual(
        done.filter((line) => line !== 'remount /tmp in own namespace: ok'),
        [],
      );
      assert.equal(result.stdout.match(/^umount /gm)?.length, 8);
    });

    test('makes no device nodes and opens no devices', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(scene.attack('make-devices'));
      for (const name of ['mknod mem', 'mknod disk', 'open /dev/mem', 'open /dev/vda']) {
        assert.match(attempt(result, name) ?? 'not tried', /not permitted|denied|No such/, name);
      }
    });

    test('cannot become root again', async (t) => {
      const scene = setScene(t, starter);
      const result = await scene.run(scene.attack('regain-root'));
      for (const name of ['setresuid 0', 'setresgid 0', 'setgroups 0', 'mount']) {
        assert.match(attempt(result, name) ?? 'not tried', /not permitted|Invalid/, name);
      }
    });

    test('stays in its chroot after the classic escape, and in a user namespace', async (t) => {
      const scene = setScene(t, starter);
      const image = path.join(scene.directory, 'image');
      makeImage(image);
      // A file that the image does not have.
      const mark = path.relative('/', scene.configFile);
      scene.configure(`NAMED_CHROOT = small=${image}`);
      const inside = `echo ran; $_CONDOR_SCRATCH_DIR/payload chroot-escape ${mark}`;
      const copy = `cat > $_CONDOR_SCRATCH_DIR/payload; chmod 755 $_CONDOR_SCRATCH_DIR/payload`;
      const result = await scene.run({
        ...shell(`${copy}; ${inside}`),
        In: scene.payload,
        RequestedChroot: 'small',
      });
      assert.match(result.stdout, /^ran\nran chroot-escape\n/, result.stderr);
      for (const name of ['chroot', 'unshare user', 'chroot again']) {
        assert.match(attempt(result, name) ?? 'not tried', /not permitted/, name);
      }
      for (const name of ['climb', 'climb again', '/proc/1/root', '/proc/1/cwd']) {
        assert.match(attempt(result, name) ?? 'not tried', /No such file|denied/, name);
      }
      assert.match(attempt(result, '/proc/self/root/..') ?? 'not tried', /No such file/);
    });

    test('cannot keep its sandbox from being removed, nor lead the removal outside', async (t) => {
      const scene = setScene(t, starter);
      const outside = path.join(scene.iwd, 'outside');
      mkdirSync(outside);
      writeFileSync(path.join(outside, 'keep'), 'kept');
      giveTo(JOB_UID, path.join(outside, 'keep'));
      const mess = [
        'cd $_CONDOR_SCRATCH_DIR',
        `ln -s ${outside} link; ln -s / root; ln -s . self; ln -s nowhere dangling`,
        'mkdir -p locked/in/side && touch locked/in/side/file',
        'chmod 0 locked/in/side/file locked/in/side locked/in locked',
        'mkfifo fifo; touch "new\nline" "*" "-rf"',
        'i=0; while [ $i -lt 200 ]; do ln -s ../.. link-$i; i=$((i+1)); done; echo made',
      ].join('; ');
      const result = await scene.run(shell(mess));
      assert.equal(result.stdout, 'made\n', result.stderr);
      assert.equal(readFileSync(path.join(outside, 'keep'), 'utf8'), 'kept');
      assert.ok(existsSync('/etc/passwd'));
    });

    test('that digs 10,000 directories deep has its sandbox removed all the same', async (t) => {
      const scene = setScene(t, starter);
      // In memory: on a disk the digging alone takes seconds.
      const execute = mkdtempSync('/dev/shm/eyrie-test-');
      t.after(() => rmSync(execute, { recursive: true }));
      giveTo(starter.uid, execute);
      const result = await scene.run(
        shell(`cd $_CONDOR_SCRATCH_DIR; exec ${scene.payload} dig 10000`),
        { options: ['--execute', execute] },
      );
      assert.equal(attempt(result, 'dug'), '10000');
      assert.equal(attempt(result, 'close the bottom'), 'ok');
      assert.deepEqual(readdirSync(execute), []);
    });

    test('that shuts its own sandbox has it removed all the same', async (t) => {
      const scene = setScene(t, starter);
      const { stdout } = await scene.run(
        shell('cd $_CONDOR_SCRATCH_DIR; mkdir -p a/b; chmod 0 a/b a .; echo shut'),
      );
      assert.equal(stdout, 'shut\n');
    });
  });
}
