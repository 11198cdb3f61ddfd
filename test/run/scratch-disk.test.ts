/** Sandboxes of jobs by hand that are file systems of their own, in memory and in a file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needsController, temporaryBase } from '../kernel/support/cgroups';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT } from '../support/starters';
import { waitUntil } from '../support/wait';
import { type Ad, shell } from './support/ads';
import { makeSite, type Site, type TestEnd } from './support/site';

const MIB = 2 ** 20;
const skip = skipIf(needsRoot() ?? needsProduct());
const needsLoop = (): string | undefined =>
  spawnSync('losetup', ['--find']).status === 0 ? undefined : 'a free loop device';

const KINDS = [
  { kind: 'tmpfs', type: 'tmpfs', skip },
  { kind: 'loop', type: 'ext4', skip: skip || skipIf(needsLoop()) },
] as const;

/** Mounts on this host that are below a site's EXECUTE. */
function mountsBelow(site: Site): readonly string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return lines.filter((line) => line.split(' ')[1]?.startsWith(`${site.execute}/`));
}

/** Loop devices whose file is, or was, in a site's EXECUTE. */
function loopsOf(site: Site): string {
  const { stdout } = spawnSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter((line) => line.includes(site.execute))
    .join('\n');
}

function hold({ result }: Awaited<ReturnType<Site['run']>>) {
  return [result.JobStatus, result.HoldReasonCode, result.HoldReasonSubCode];
}

for (const { kind, type, skip: skipKind } of KINDS) {
  /** Bytes that are in use: of the host's memory by files, or of its disk. */
  const used = (made: Site): number => {
    const { bfree, blocks, bsize } = statfsSync(made.directory);
    const shared = /^Shmem: *(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    return kind === 'tmpfs' ? Number(shared) * 1024 : (blocks - bfree) * bsize;
  };
  const site = (t: TestEnd): Site => {
    const made = makeSite(t, ROOT);
    made.configure(`STARTER_SCRATCH_DISK = ${kind}\nUSE_PROCD = false\nBASE_CGROUP =`);
    return made;
  };

  describe(`a sandbox in a ${kind}`, { skip: skipKind, concurrency: 2 }, () => {
    test('has the size that the job asks for, and is its account’s', async (t) => {
      const script =
        'cd $_CONDOR_SCRATCH_DIR; ls -A | tr "\\n" " "; echo; stat -f -c "%a %S" .; ' +
        'stat -c "%u %a" .; ' +
        'grep " $_CONDOR_SCRATCH_DIR " /proc/self/mounts; df --output=target /tmp | tail -1';
      const made = site(t);
      const { stdout, stderr } = await made.run({ ...shell(script), RequestDisk: 20_000 });
      const [names, space = '', owner, mount = '', ...others] = stdout.split('\n');
      assert.equal(names, '.job.ad .machine.ad .update.ad tmp var ', stderr);
      const [blocks, size] = space.split(' ').map(Number);
      const free = Number(blocks) * Number(size);
      assert.ok(free > 19_900 * 1024 && free < 20_500 * 1024, stdout);
      assert.equal(owner, '65534 700');
      const source = kind === 'loop' ? '/dev/loop\\d+' : 'tmpfs';
      assert.match(mount, new RegExp(`^${source} \\S+ ${type} rw,nosuid,nodev,`));
      assert.equal(others.at(-2), '/tmp');
      assert.deepEqual([mountsBelow(made), loopsOf(made)], [[], '']);
    });

    test('fails writes when it is full, holds the job, and harms nobody', async (t) => {
      const made = site(t);
      const script = 'cd $_CONDOR_SCRATCH_DIR; cat /dev/zero >big; stat -c %s big; exec sleep 600';
      const report = await made.run({ ...shell(script), RequestDisk: 8000 });
      assert.match(report.stderr, /No space left on device/);
      const written = Number(report.stdout);
      assert.ok(written > 7.5 * MIB && written < 9 * MIB, report.stdout);
      assert.deepEqual(hold(report), [5, 34, 104]);
      assert.match(
        String(report.result.HoldReason),
        /^Job has exceeded allocated disk \(7\.[678] MB\)\. Consider increasing the value of request_disk\.$/,
      );
      const used = Number(report.result.DiskUsage);
      assert.ok(Math.abs(used - written / 1024) < 200, `${used} KiB`);
      assert.deepEqual([mountsBelow(made), loopsOf(made)], [[], '']);
    });

    test('holds a job that ends because of it, and not one that has tidied up', async (t) => {
      const fill = 'cd /tmp; cat /dev/zero >big 2>/dev/null';
      const disk = { RequestDisk: 4000 };
      const full = await site(t).run({ ...shell(`${fill}; exit 3`), ...disk });
      assert.deepEqual(hold(full), [5, 34, 104]);
      assert.equal(full.result.ExitCode, 3);
      const tidy = await site(t).run({ ...shell(`${fill}; rm big; exit 3`), ...disk });
      assert.deepEqual([tidy.result.JobStatus, tidy.result.ExitCode], [4, 3]);
    });

    test('is measured right, with what is in it', async (t) => {
      const script =
        'cd $_CONDOR_SCRATCH_DIR; mkdir a; head -c 3000000 /dev/zero >a/b; ln -s b a/c';
      const { result } = await site(t).run({ ...shell(script), RequestDisk: 20_000 });
      const used = Number(result.DiskUsage);
      assert.ok(used >= 2930 && used < 3100, `${used} KiB`);
    });

    test('is unmounted and removed by the next starter where its own was killed', async (t) => {
      const made = site(t);
      const long: Ad = { ...shell('echo ready; exec sleep 600'), RequestDisk: 8000 };
      const [killed, running] = [made.start(long), made.start(long)];
      t.after(() => running.process.kill('SIGQUIT'));
      await Promise.all([killed.said('ready'), running.said('ready')]);
      killed.process.kill('SIGKILL');
      await killed.ended;
      assert.equal(mountsBelow(made).length, 2);
      await made.start({ ...shell('exit 0'), RequestDisk: 4000 }).ended;
      assert.deepEqual(made.sandboxes(), [`dir_${running.process.pid}`]);
      assert.equal(mountsBelow(made).length, 1);
      running.process.kill('SIGQUIT');
      await running.ended;
      assert.deepEqual(mountsBelow(made), []);
      await waitUntil(() => loopsOf(made) === '', 'the end of its loop devices');
    });

    test('gives its space back when its job ends, whoever else runs', async (t) => {
      const made = site(t);
      const first = made.start({
        ...shell('head -c 60M /dev/zero >$_CONDOR_SCRATCH_DIR/big; echo ready; exec sleep 600'),
        RequestDisk: 100_000,
      });
      await first.said('ready');
      const second = made.start(shell('echo ready; exec sleep 600'), {
        knobs: { STARTER_SCRATCH_DISK: 'directory' },
      });
      t.after(() => second.process.kill('SIGQUIT'));
      await second.said('ready');
      const before = used(made);
      first.process.kill('SIGQUIT');
      await first.ended;
      const given = before - used(made);
      assert.ok(given > 50 * MIB, `${given / MIB} MiB`);
      second.process.kill('SIGQUIT');
      await second.ended;
    });

    test('is a line in eyrie plan, and nothing is mounted for it', async (t) => {
      const { stdout } = await site(t).run(
        { ...shell('exit 0'), RequestDisk: 2048 },
        { options: ['--dry-run'] },
      );
      assert.match(
        stdout,
        /^ {2}a file system of 2 MiB, in (memory|a file, set aside whole); held from /m,
      );
    });
  });
}

describe('a sandbox in a loop', { skip: skip || skipIf(needsLoop()) }, () => {
  const site = (t: TestEnd, more: string): Site => {
    const made = makeSite(t, ROOT);
    made.configure(`STARTER_SCRATCH_DISK = loop\nUSE_PROCD = false\nBASE_CGROUP =\n${more}`);
    return made;
  };

  test('takes no space before it is used where it is thin, and all where it is thick', async (t) => {
    const takes = async (thin: boolean): Promise<number> => {
      const made = site(t, `LVM_USE_THIN_PROVISIONING = ${thin}`);
      const free = (): number =>
        statfsSync(made.directory).bavail * statfsSync(made.directory).bsize;
      const before = free();
      const running = made.start({ ...shell('echo ready; exec sleep 600'), RequestDisk: 600_000 });
      await running.said('ready');
      const taken = before - free();
      running.process.kill('SIGQUIT');
      await running.ended;
      return taken;
    };
    // Others use the disk as well.
    const [thin, thick] = [await takes(true), await takes(false)];
    assert.ok(thin < 300 * MIB && thick > 450 * MIB, `${thin} and ${thick}`);
  });

  test('holds a job over its size before a write fails, where it is thin', async (t) => {
    const made = site(t, 'LVM_USE_THIN_PROVISIONING = true\nLVM_THIN_LV_EXTRA_SIZE_MB = 100');
    const script = 'head -c 20M /dev/zero >$_CONDOR_SCRATCH_DIR/big && echo wrote; exec sleep 600';
    const report = await made.run({ ...shell(script), RequestDisk: 10_240 });
    assert.equal(report.stdout, 'wrote\n', report.stderr);
    assert.deepEqual(hold(report), [5, 34, 104]);
    assert.match(String(report.result.HoldReason), /allocated disk \(10\.0 MB\)/);
  });

  test('is not made where there is no room for it: nothing runs, nothing is left', async (t) => {
    const made = site(t, '');
    const report = await made.run({ ...shell('echo ran'), RequestDisk: 10 ** 12 });
    assert.equal(report.stdout, '');
    assert.match(report.stderr, /a file system of its own: cannot (set aside|make)/);
    assert.deepEqual([mountsBelow(made), loopsOf(made)], [[], '']);
  });
});

test(
  'a sandbox in a tmpfs counts as memory of the job',
  { skip: skip || skipIf(needsController('memory')) },
  async (t) => {
    const made = makeSite(t, ROOT);
    made.configure(
      `STARTER_SCRATCH_DISK = tmpfs\nUSE_PROCD = false\nBASE_CGROUP = ${temporaryBase(t)}`,
    );
    const script = 'cat /dev/zero >/tmp/big; exec sleep 600';
    const report = await made.run({ ...shell(script), RequestDisk: 400_000, RequestMemory: 60 });
    assert.deepEqual(hold(report), [5, 34, 102]);
  },
);

test(
  'STARTER_SCRATCH_DISK of a starter that is not root has no effect, and a note says so',
  { skip },
  async (t) => {
    const made = makeSite(t, ORDINARY_USER);
    const report = await made.run(shell('stat -f -c %T $_CONDOR_SCRATCH_DIR; echo ran'), {
      knobs: { STARTER_SCRATCH_DISK: 'tmpfs' },
      options: ['--verbose'],
    });
    assert.match(report.stdout, /ran\n$/);
    assert.match(report.stderr, /STARTER_SCRATCH_DISK has no effect/);
  },
);

test('a size that the slot does not give is an error of the knob', { skip }, async (t) => {
  const made = makeSite(t, ROOT);
  const report = await made.run(shell('echo ran'), {
    knobs: { STARTER_SCRATCH_DISK: 'tmpfs', STARTER_SCRATCH_DISK_SIZE: '0' },
  });
  assert.match(report.stderr, /STARTER_SCRATCH_DISK_SIZE/);
  assert.equal(report.stdout, '');
});
