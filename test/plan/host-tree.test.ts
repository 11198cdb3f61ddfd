/**
 * The host's tree as a job sees it, reported by jobs on the real kernel.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { JOB_UID, needsStage, ROOT, setStage, STARTERS } from './stage';

const needed = { skip: skipIf(needsStage()) };

/**
 * Mounts of tmpfs on directories of the host until the test ends. To be asked for before the
 * directories: what was asked for first is cleared away first.
 */
function hostMounts(t: TestContext): (target: string, ...options: readonly string[]) => void {
  const mounted: string[] = [];
  t.after(() => {
    for (const target of mounted.reverse()) execFileSync('umount', [target]);
  });
  return (target, ...options) => {
    execFileSync('mount', ['-t', 'tmpfs', ...options, 'eyrie-test', target]);
    mounted.push(target);
  };
}

function mountsOnHost(): string {
  return fs.readFileSync('/proc/self/mountinfo', 'utf8');
}

for (const starter of STARTERS) {
  describe(`a job that ${starter.name} starts`, needed, () => {
    test('sees an EXECUTE that holds its own sandbox and that nobody can write', async (t) => {
      const stage = setStage(t, starter);
      const lines = await stage.lines(
        `ls ${stage.execute}
         basename "$_CONDOR_SCRATCH_DIR"
         touch "$_CONDOR_SCRATCH_DIR/mine" && echo written
         touch ${stage.execute}/other 2>&1
         stat -c %a ${stage.execute}; true`,
      );
      assert.equal(lines[0], lines[1]);
      assert.match(lines[0] ?? '', /^dir_\d+$/);
      assert.equal(lines[2], 'written');
      assert.match(lines[3] ?? '', /Read-only file system/);
      assert.equal(lines[4], '755');
    });

    test('leaves the mounts of the host as they were', async (t) => {
      const before = mountsOnHost();
      await setStage(t, starter).lines('true', {
        knobs: { MOUNT_READ_ONLY: '/usr', HIDE_PATHS: '/etc/shadow' },
      });
      assert.equal(mountsOnHost(), before);
    });

    test('has a /tmp and /var/tmp of its own, kept in the sandbox', async (t) => {
      const stage = setStage(t, starter);
      const lines = await stage.lines(
        `echo private > /tmp/file; cat "$_CONDOR_SCRATCH_DIR/tmp/file"
         echo too > /var/tmp/file; cat "$_CONDOR_SCRATCH_DIR/var/tmp/file"
         stat -c '%a %u' /tmp /var/tmp; ls /tmp /var/tmp | grep -v file`,
        // The test's own directories are below /var/tmp.
        { ad: { Iwd: '"/"' }, knobs: { MOUNT_UNDER_SCRATCH: '/tmp,/var/tmp' } },
      );
      const listing = ['/tmp:', '', '/var/tmp:', stage.site.replace('/var/tmp/', '')];
      assert.deepEqual(lines, ['private', 'too', `1777 ${JOB_UID}`, `1777 ${JOB_UID}`, ...listing]);
      assert.ok(!fs.existsSync('/var/tmp/file'));
    });

    test('keeps its sandbox and Iwd below a private directory, and sees nothing beside them', async (t) => {
      const stage = setStage(t, starter);
      const neighbour = temporaryDirectory(t);
      const lines = await stage.lines(
        `pwd; echo here > out; ls -d ${neighbour} 2>&1; test -w "$_CONDOR_SCRATCH_DIR" && echo mine; true`,
        { knobs: { MOUNT_UNDER_SCRATCH: '/var/tmp' } },
      );
      assert.equal(lines[0], stage.iwd);
      assert.match(lines[1] ?? '', /No such file/);
      assert.equal(lines[2], 'mine');
      assert.equal(fs.readFileSync(`${stage.iwd}/out`, 'utf8'), 'here\n');
    });

    test('has the private directory where its Iwd is that directory itself', async (t) => {
      const stage = setStage(t, starter);
      const lines = await stage.lines(
        'pwd; ls -A; echo x > made; cat "$_CONDOR_SCRATCH_DIR/$PWD/made"',
        {
          knobs: { MOUNT_UNDER_SCRATCH: stage.iwd },
        },
      );
      assert.deepEqual(lines, [stage.iwd, 'x']);
    });

    test('is not brought into an Iwd that it could not reach by itself', async (t) => {
      const stage = setStage(t, starter);
      const hidden = temporaryDirectory(t, { mode: 0o700 });
      fs.mkdirSync(`${hidden}/open`, { mode: 0o755 });
      const result = await stage.run('echo ran', {
        ad: { Iwd: `"${hidden}/open"` },
        knobs: { MOUNT_UNDER_SCRATCH: '/var/tmp' },
      });
      assert.equal(result.status, 125);
      assert.equal(result.stdout, '');
      assert.match(
        result.stderr,
        /cannot open .*\/open \(setup step \d+ of \d+\): Permission denied/,
      );
    });

    test('has a /dev/shm of its own', async (t) => {
      const stage = setStage(t, starter);
      fs.writeFileSync('/dev/shm/eyrie-test-host', '');
      t.after(() => {
        fs.rmSync('/dev/shm/eyrie-test-host', { force: true });
      });
      const script = 'echo shared > /dev/shm/eyrie-test-job; ls /dev/shm; stat -c %a /dev/shm';
      assert.deepEqual(await stage.lines(script), ['eyrie-test-job', '1777']);
      assert.ok(!fs.existsSync('/dev/shm/eyrie-test-job'));
    });

    test('reads a read-only tree and changes nothing in it, in no mount below either', async (t) => {
      const mount = hostMounts(t);
      const stage = setStage(t, starter);
      const tree = temporaryDirectory(t, { mode: 0o777 });
      fs.mkdirSync(`${tree}/sub`);
      mount(`${tree}/sub`, '-o', 'nosuid,nodev,noexec,noatime,mode=777');
      fs.writeFileSync(`${tree}/sub/data`, 'data\n', { mode: 0o666 });
      const lines = await stage.lines(
        `cat ${tree}/sub/data; touch ${tree}/new 2>&1; echo x 2>&1 > ${tree}/sub/data
         grep " ${tree}" /proc/self/mountinfo | while read a b c d place flags rest; do echo $place $flags; done`,
        { knobs: { MOUNT_READ_ONLY: tree } },
      );
      assert.equal(lines[0], 'data');
      assert.match(lines[1] ?? '', /Read-only file system/);
      // Before these two mountinfo has the host's mount on sub, which the tree now covers.
      const [first, second] = lines.filter((line) => line.startsWith(tree)).slice(-2);
      assert.match(first ?? '', /^\S+ ro,/);
      assert.match(second ?? '', /\/sub ro,nosuid,nodev,noexec,noatime$/);
      assert.deepEqual(fs.readdirSync(tree), ['sub']);
      assert.equal(fs.readFileSync(`${tree}/sub/data`, 'utf8'), 'data\n');
    });

    test('writes to its sandbox, Iwd and /tmp where the whole host is read-only to it', async (t) => {
      const stage = setStage(t, starter);
      const lines = await stage.lines(
        `touch /tmp/a && echo tmp; touch "$_CONDOR_SCRATCH_DIR/a" && echo sandbox
         echo x > /dev/null && echo null; touch ./a 2>&1; true`,
        { knobs: { MOUNT_READ_ONLY: '/', MOUNT_UNDER_SCRATCH: '/tmp' } },
      );
      assert.deepEqual(lines.slice(0, 3), ['tmp', 'sandbox', 'null']);
      assert.match(lines[3] ?? '', /Read-only file system/);
    });

    test('does not see what is hidden', async (t) => {
      const stage = setStage(t, starter);
      const secrets = temporaryDirectory(t, { mode: 0o755 });
      fs.mkdirSync(`${secrets}/dir`);
      fs.writeFileSync(`${secrets}/dir/inside`, 'secret');
      fs.writeFileSync(`${secrets}/file`, 'secret');
      const lines = await stage.lines(
        `cat ${secrets}/dir/inside 2>&1; ls ${secrets}/dir 2>&1; chmod 777 ${secrets}/dir 2>&1
         cat ${secrets}/file; cat /proc/version; echo end`,
        { knobs: { HIDE_PATHS: `${secrets}/dir, ${secrets}/file, /proc/version, /none` } },
      );
      assert.match(lines[0] ?? '', /Permission denied/);
      assert.match(lines[1] ?? '', /Permission denied/);
      assert.match(lines[2] ?? '', /Read-only file system|Operation not permitted/);
      assert.deepEqual(lines.slice(3), ['end']);
    });

    test('is refused in words where a knob cannot be obeyed', async (t) => {
      const stage = setStage(t, starter);
      const result = await stage.run('echo ran', { knobs: { MOUNT_READ_ONLY: '/no/such/tree' } });
      assert.equal(result.status, 125);
      assert.match(result.stderr, /MOUNT_READ_ONLY: there is no \/no\/such\/tree here/);
    });
  });
}

describe('a job that root starts', needed, () => {
  test('sees what the automounter mounts while it runs, but not in a read-only tree', async (t) => {
    const mount = hostMounts(t);
    const stage = setStage(t, ROOT);
    const auto = temporaryDirectory(t);
    mount(auto);
    execFileSync('mount', ['--make-shared', auto]);
    for (const name of ['free', 'sealed'])
      fs.mkdirSync(`${auto}/${name}/home`, { recursive: true });
    const job = stage.start(
      `echo ready; while ! test -e go; do sleep 0.05; done; ls ${auto}/free/home ${auto}/sealed/home`,
      { knobs: { MOUNT_READ_ONLY: `${auto}/sealed` } },
    );
    await waitUntil(() => job.stdout().includes('ready'), 'the job to begin');
    for (const name of ['free', 'sealed']) {
      mount(`${auto}/${name}/home`);
      fs.writeFileSync(`${auto}/${name}/home/mounted-${name}`, '');
    }
    fs.writeFileSync(`${stage.iwd}/go`, '');
    const { stdout } = await job.ended;
    assert.match(stdout, /mounted-free/);
    assert.doesNotMatch(stdout, /mounted-sealed/);
  });
});

describe('a rootless job', needed, () => {
  test('is refused in words where a part of /proc is covered, and sees nothing of the host', async (t) => {
    const stage = setStage(t, { name: 'an ordinary user', uid: JOB_UID });
    const cover = 'mount -t tmpfs none /proc/sys && exec "$@"';
    const result = await stage.run('echo ran', {
      wrapper: ['unshare', '--mount', 'sh', '-c', cover, 'sh'],
    });
    assert.equal(result.status, 125);
    assert.equal(result.stdout, '');
    assert.match(
      result.stderr,
      /cannot mount a proc on \/proc .*Operation not permitted; something covers/,
    );
  });
});
