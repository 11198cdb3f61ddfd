/**
 * MOUNT_UNDER_SCRATCH and MOUNT_PRIVATE_DEV_SHM: directories of which each job has its own; and
 * EXECUTE, of which a job sees its own sandbox only.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { giveTo, JOB_UID, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());
const hostMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

for (const starter of STARTERS) {
  describe(`the /tmp of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is its own: empty, sticky, world-writable, and in its sandbox', async (t) => {
      const mark = path.join('/tmp', path.basename(makeSite(t, starter).directory));
      writeFileSync(mark, '');
      t.after(() => rmSync(mark));
      const script = [
        'stat -c "%a %F" /tmp /var/tmp',
        'ls -A /tmp',
        'echo mine > /tmp/file; cat $_CONDOR_SCRATCH_DIR/tmp/file',
        'mkdir /tmp/sub && rmdir /tmp/sub && echo made',
      ].join('; ');
      const { stdout } = await makeSite(t, starter).run(shell(script));
      const kind = '1777 directory\n';
      assert.equal(stdout, `${kind}${kind}mine\nmade\n`);
      assert.equal(existsSync('/tmp/file'), false);
    });

    test('goes with the job: the host’s mounts are what they were', async (t) => {
      const before = hostMounts();
      const site = makeSite(t, starter);
      const running = site.start(shell('echo ready; sleep 600'));
      await running.said('ready');
      assert.equal(hostMounts(), before);
      running.process.kill('SIGTERM');
      await running.ended;
      assert.equal(hostMounts(), before);
    });

    test('is the host’s where MOUNT_UNDER_SCRATCH is empty', async (t) => {
      const site = makeSite(t, starter);
      const script = `stat -c %i /tmp; test -e ${site.configFile} && echo seen`;
      const [before, knobs] = [await site.run(shell(script)), { MOUNT_UNDER_SCRATCH: '""' }];
      const { stdout } = await site.run(shell(script), { knobs });
      assert.match(stdout, /seen/);
      assert.doesNotMatch(before.stdout, /seen/);
    });
  });

  describe(`MOUNT_UNDER_SCRATCH of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('can be a list of any directories, at any depth', async (t) => {
      const site = makeSite(t, starter);
      const deep = path.join(site.directory, 'a/b');
      mkdirSync(deep, { recursive: true });
      writeFileSync(path.join(deep, 'host'), '');
      writeFileSync(path.join(site.directory, 'a/beside'), '');
      const { stdout } = await site.run(
        shell(`ls -A ${deep} ${site.directory}/a; echo mine > ${deep}/file; stat -c %a ${deep}`),
        { knobs: { MOUNT_UNDER_SCRATCH: `"${deep}, /tmp"` } },
      );
      assert.equal(stdout, `${site.directory}/a:\nb\nbeside\n\n${deep}:\n1777\n`);
      assert.deepEqual(readdirSync(deep), ['host']);
    });

    for (const [wanted, expected] of [
      ['a', 'own a\n'],
      ['b', 'own b\n'],
    ] as const) {
      test(`can be an expression over the job ad: ${wanted}`, async (t) => {
        const site = makeSite(t, starter);
        for (const name of ['a', 'b']) mkdirSync(path.join(site.directory, name));
        for (const name of ['a', 'b']) writeFileSync(path.join(site.directory, name, 'host'), '');
        const { stdout } = await site.run(
          {
            ...shell(`cd ${site.directory}; for d in a b; do test -e $d/host || echo own $d; done`),
            Wanted: path.join(site.directory, wanted),
          },
          { knobs: { MOUNT_UNDER_SCRATCH: 'strcat("/tmp,", Wanted)' } },
        );
        assert.equal(stdout, expected);
      });
    }

    test('skips what is not there, and says so', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run(shell('exit 0'), {
        knobs: { MOUNT_UNDER_SCRATCH: '"/tmp,/no/such/place"' },
        options: ['--verbose'],
      });
      assert.equal(status, 0);
      assert.match(stderr, /note .*there is no directory \/no\/such\/place here: skipped/);
    });

    for (const place of ['/', '/proc', '/proc/sys']) {
      test(`cannot be ${place}`, async (t) => {
        const { status, stderr } = await makeSite(t, starter).run(shell('echo ran'), {
          knobs: { MOUNT_UNDER_SCRATCH: `"${place}"` },
        });
        assert.equal(status, 125);
        assert.match(stderr, /MOUNT_UNDER_SCRATCH: .* cannot be private to a job/);
      });
    }

    test('leaves an Iwd below it at its place: what the job writes there, the host has', async (t) => {
      const site = makeSite(t, starter);
      assert.ok(site.iwd.startsWith('/var/tmp/'));
      const { stdout } = await site.run(shell('pwd; echo kept > file; ls -A /var/tmp'));
      assert.equal(stdout, `${site.iwd}\n${path.basename(site.directory)}\n`);
      assert.equal(readFileSync(path.join(site.iwd, 'file'), 'utf8'), 'kept\n');
    });

    test('that lists the Iwd means the private one', async (t) => {
      const site = makeSite(t, starter);
      writeFileSync(path.join(site.iwd, 'host'), '');
      const { stdout } = await site.run(shell('pwd; ls -A; echo gone > file; ls'), {
        knobs: { MOUNT_UNDER_SCRATCH: `"${site.iwd}"` },
      });
      assert.equal(stdout, `${site.iwd}\nfile\n`);
      assert.deepEqual(readdirSync(site.iwd), ['host']);
    });

    test('cannot be undone by what the job puts at its place in the sandbox', async (t) => {
      const script = [
        'cd $_CONDOR_SCRATCH_DIR',
        'mv tmp other 2>/dev/null; rmdir tmp 2>/dev/null; ln -s / tmp 2>/dev/null',
        'echo mine > /tmp/file; cat /tmp/file; ls -A /tmp',
      ].join('; ');
      const { stdout } = await makeSite(t, starter).run(shell(script));
      assert.equal(stdout, 'mine\nfile\n');
    });
  });

  describe(`EXECUTE as a job of ${starter.name} sees it`, { skip, concurrency: 2 }, () => {
    test('has its own sandbox and cannot be written', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(path.join(site.execute, 'dir_1'), { recursive: true });
      giveTo(starter.uid, site.execute);
      const script = [
        'cd $_CONDOR_SCRATCH_DIR/..',
        'test "$(ls -A)" = "$(basename $_CONDOR_SCRATCH_DIR)" && echo alone',
        'touch new || mkdir new || echo closed',
        'touch $_CONDOR_SCRATCH_DIR/mine && echo open',
      ].join('; ');
      const { stdout, stderr } = await site.start(shell(script)).ended;
      assert.equal(stdout, 'alone\nclosed\nopen\n');
      assert.match(stderr, /Read-only file system|Permission denied/);
    });
  });

  describe(`the /dev/shm of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const [value, expected] of [
      ['true', '1777\n'],
      ['false', 'host\n1777\n'],
    ] as const) {
      test(`is ${value === 'true' ? 'its own' : 'the host’s'} where MOUNT_PRIVATE_DEV_SHM is ${value}`, async (t) => {
        const mark = `/dev/shm/eyrie-test-${process.pid}-${starter.uid}-${value}`;
        const script = `test -e ${mark} && echo host; echo mine > ${mark}-job; stat -c %a /dev/shm`;
        writeFileSync(mark, '');
        giveTo(JOB_UID, mark);
        t.after(() => rmSync(mark, { force: true }));
        t.after(() => rmSync(`${mark}-job`, { force: true }));
        const { stdout } = await makeSite(t, starter).run(shell(script), {
          knobs: { MOUNT_PRIVATE_DEV_SHM: value },
        });
        assert.equal(stdout, expected);
        assert.equal(existsSync(`${mark}-job`), value === 'false');
      });
    }
  });
}
