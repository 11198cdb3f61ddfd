/**
 * What a job by hand may use, and what its result says that it has used: in a cgroup of version 1 or 2,
 * as this machine has them.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { processesBelow } from '../../src/kernel/cgroups/empty';
import { needsController, placesOf, temporaryBase } from '../kernel/support/cgroups';
import { needsControllers, needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT } from '../support/starters';
import { waitUntil } from '../support/wait';
import { type Ad, shell } from './support/ads';
import { makeSite, type Report, type RunningJob, type Site, type TestEnd } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct() ?? needsController('memory'));

/** Allocates as many MiB at once, in a child of the shell. */
const touch = (mebibytes: number): string =>
  `dd if=/dev/zero of=/dev/null bs=${mebibytes}M count=1 2>/dev/null`;

/** A site with a BASE_CGROUP of its own. */
function cgroupSite(t: TestEnd): Site & { readonly base: string } {
  const base = temporaryBase(t);
  const site = makeSite(t, ROOT);
  // A procd for each job is much for an emulated machine; with one, jobs are run everywhere else.
  site.configure(`BASE_CGROUP = ${base}\nUSE_PROCD = false`);
  return { ...site, base };
}

/** The cgroups of jobs that are there now. */
function jobsIn(base: string): readonly string[] {
  return placesOf(base).flatMap((place) => (existsSync(place) ? childrenOf(place) : []));
}

function childrenOf(place: string): readonly string[] {
  return readdirSync(place).filter((name) => name.startsWith('condor_'));
}

/** The first CPU is the slot's, and no other. */
const ON_CPU_0 = { ENFORCE_CPU_AFFINITY: 'true', SLOT1_CPU_AFFINITY: '0' };

/** CPU time of a process, proc_pid_stat(5). */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** A job on the first CPU that tells its pid and then wants all that it can get. */
function startSpinning(site: Site, RequestCpus: number): RunningJob {
  const knobs = { ...ON_CPU_0, USE_PID_NAMESPACES: 'false' };
  return site.start({ ...shell('echo $$ is; while :; do :; done'), RequestCpus }, { knobs });
}

function holdOf({ result }: Report) {
  return [result.JobStatus, result.HoldReasonCode, result.HoldReasonSubCode];
}

describe('a job by hand', { skip, concurrency: 2 }, () => {
  test('lives in a cgroup that is named after EXECUTE, slot and starter, and is gone with it', async (t) => {
    const site = cgroupSite(t);
    const report = await site.run(shell('cat /proc/self/cgroup; echo end'));
    const lines = report.stdout.split('\n').filter((line) => line.includes(site.base));
    assert.ok(lines.length > 0, report.stdout + report.stderr);
    const name = `condor${site.execute.replaceAll('/', '_')}_slot1@`;
    for (const line of lines) assert.ok(line.includes(`/${site.base}/${name}`), line);
    assert.match(lines[0] ?? '', /_\d+(\/job)?$/);
    assert.deepEqual(jobsIn(site.base), []);
  });

  test('lives in none where BASE_CGROUP is empty', async (t) => {
    const site = cgroupSite(t);
    const { stdout } = await site.run(shell('cat /proc/self/cgroup'), {
      knobs: { BASE_CGROUP: '' },
    });
    assert.doesNotMatch(stdout, /condor/);
  });

  test('keeps its limit where its cgroup cannot be written down: the disk is full', async (t) => {
    const full =
      'set -e; mount -t tmpfs -o size=4k,nr_inodes=4 full /run; mkdir -m 700 /run/eyrie; ' +
      'head -c 4096 /dev/zero >/run/eyrie/full; exec "$@"';
    const report = await cgroupSite(t).run(
      { ...shell(`${touch(200)}; sleep 600`), RequestMemory: 60 },
      { before: ['unshare', '-m', 'sh', '-c', full, 'sh'] },
    );
    assert.deepEqual(holdOf(report), [5, 34, 102]);
  });

  test('is held where it needs more memory than it asked for, and is told peak and limit', async (t) => {
    const report = await cgroupSite(t).run({
      ...shell(`${touch(200)}; sleep 600`),
      RequestMemory: 60,
    });
    assert.deepEqual(holdOf(report), [5, 34, 102]);
    const reason = String(report.result.HoldReason);
    const [, limit, peak] =
      /^Job has gone over cgroup memory limit of (\d+) megabytes\. Peak usage: (\d+) megabytes\. /.exec(
        reason,
      ) ?? [];
    assert.equal(limit, '60', reason);
    assert.ok(Number(peak) >= 57 && Number(peak) <= 60, reason);
    assert.equal(report.result.ExitBySignal, true);
    assert.match(report.stderr, /gone over cgroup memory limit/);
  });

  test('has the memory of the slot that a machine ad describes', async (t) => {
    const site = cgroupSite(t);
    const file = path.join(site.directory, 'machine.ad');
    writeFileSync(file, '[ Name = "slot1_3@x"; Cpus = 2; Memory = 100; TotalMemory = 4000 ]');
    const report = await site.run(shell(touch(200)), { options: ['--machine-ad', file] });
    assert.deepEqual(holdOf(report), [5, 34, 102]);
    assert.match(String(report.result.HoldReason), / limit of 100 megabytes/);
  });

  const living: readonly (readonly [what: string, knobs: Record<string, string>])[] = [
    ['a soft limit', { CGROUP_MEMORY_LIMIT_POLICY: 'soft' }],
    ['no limit', { CGROUP_MEMORY_LIMIT_POLICY: 'none' }],
    [
      'a limit that the site computes',
      {
        CGROUP_MEMORY_LIMIT_POLICY: 'custom',
        CGROUP_HARD_MEMORY_LIMIT_EXPR: 'TARGET.RequestMemory + 100',
      },
    ],
  ];
  for (const [what, knobs] of living) {
    test(`lives on above its memory with ${what}`, async (t) => {
      const ad: Ad = { ...shell(`${touch(100)} && echo lived`), RequestMemory: 60 };
      const report = await cgroupSite(t).run(ad, { knobs });
      assert.equal(report.stdout, 'lived\n', report.stderr);
      assert.equal(report.result.JobStatus, 4);
    });
  }

  test('has its peak of memory in its result, within 5 %, whatever comes and goes', async (t) => {
    const script = `${touch(150)} & ${touch(150)} & wait; cat ${process.execPath} > /dev/null`;
    const { result } = await cgroupSite(t).run(shell(script));
    const mebibytes = Number(result.ResidentSetSize) / 1024;
    // Both at once, or one after the other: the least is one.
    assert.ok(mebibytes > 142 && mebibytes < 315, `${mebibytes} MiB`);
    const alone = await cgroupSite(t).run(shell(touch(200)));
    const found = Number(alone.result.ResidentSetSize) / 1024;
    assert.ok(Math.abs(found / 200 - 1) < 0.05, `${found} MiB`);
    assert.equal(alone.result.MemoryUsage, Math.ceil(found));
  });

  test(
    'with 3 cores has three times the CPU of one with 1, where both want the same',
    { skip: skipIf(needsController('cpu')) },
    async (t) => {
      const site = cgroupSite(t);
      const jobs = [1, 3].map((cores) => startSpinning(site, cores));
      const pids: number[] = [];
      for (const job of jobs) {
        await job.said('is\n');
        pids.push(Number.parseInt(job.stdout()));
      }
      const before = pids.map(cpuTicks);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const [one = 0, three = 0] = pids.map((pid, index) => cpuTicks(pid) - (before[index] ?? 0));
      for (const job of jobs) job.process.kill('SIGQUIT');
      for (const job of jobs) await job.ended;
      const ratio = three / one;
      assert.ok(ratio > 2.7 && ratio < 3.3, `${one} ticks to ${three}: 1 to ${ratio}`);
    },
  );

  test(
    'stays on the CPUs of its slot, whatever it asks for',
    { skip: skipIf(needsController('cpuset')) },
    async (t) => {
      const script = 'taskset -p ffff $$ > /dev/null; grep Cpus_allowed_list /proc/self/status';
      const { stdout, stderr } = await cgroupSite(t).run(shell(script), { knobs: ON_CPU_0 });
      assert.match(stdout, /^Cpus_allowed_list:\s*0$/m, stderr);
    },
  );

  test(
    'has no more CPU than the site allows',
    { skip: skipIf(needsController('cpu')) },
    async (t) => {
      const site = cgroupSite(t);
      const script = 'while :; do :; done & sleep 2; kill $!';
      const knobs = { CGROUP_CPU_LIMIT: '0.25' };
      const { result } = await site.run(shell(script), { knobs });
      const used = Number(result.RemoteUserCpu) + Number(result.RemoteSysCpu);
      assert.ok(used > 0.25 && used < 0.8, `${used} s of CPU`);
    },
  );

  test('has disk operations and waits in its result, under HTCondor’s names', async (t) => {
    const script = 'dd if=/dev/zero of=$_CONDOR_SCRATCH_DIR/file bs=1M count=8 conv=fsync';
    const { result } = await cgroupSite(t).run(shell(script));
    for (const name of ['BlockReads', 'BlockWrites', 'BlockReadKbytes', 'BlockWriteKbytes']) {
      assert.equal(typeof result[name], 'number', name);
    }
  });

  test(
    'cannot have more processes than the site allows',
    { skip: skipIf(needsController('pids')) },
    async (t) => {
      const site = cgroupSite(t);
      const running = site.start(
        shell('(while :; do sleep 600 & done) & echo ready; exec sleep 600'),
        {
          knobs: { CGROUP_PIDS_LIMIT: '20', USE_PID_NAMESPACES: 'false' },
        },
      );
      t.after(() => running.process.kill('SIGQUIT'));
      await running.said('ready');
      const count = (): number => {
        const [place = ''] = placesOf(site.base);
        return processesBelow(place).length;
      };
      // One of them may have ended, and not be waited for.
      await waitUntil(
        () => count() >= 20,
        () => `20 processes and init, not ${count()}`,
      );
      assert.ok(count() <= 21, `${count()} processes`);
      running.process.kill('SIGQUIT');
      await running.ended;
      assert.deepEqual(jobsIn(site.base), []);
    },
  );

  test('leaves a cgroup behind with its starter, which the next one removes', async (t) => {
    const site = cgroupSite(t);
    const running = site.start(shell('echo ready; exec sleep 600'));
    await running.said('ready');
    const before = jobsIn(site.base);
    running.process.kill('SIGKILL');
    await running.ended;
    assert.deepEqual(jobsIn(site.base), before);
    // Whichever starter is the next on this machine: it may be another test's.
    await site.run(shell('exit 0'));
    assert.deepEqual(jobsIn(site.base), []);
  });
});

describe(
  'a job by hand where all controllers are on version 2',
  {
    skip: skip || skipIf(needsControllers(2)),
  },
  () => {
    test('dies whole where one of its processes needs too much memory', async (t) => {
      const report = await cgroupSite(t).run({
        ...shell(`(sleep 600; echo lived) & ${touch(200)}; echo lived`),
        RequestMemory: 60,
      });
      assert.deepEqual(holdOf(report), [5, 34, 102]);
      assert.equal(report.stdout, '');
      assert.equal(report.result.ExitSignal, 9);
    });

    test('has in its result how long it waited for CPUs, memory and disks', async (t) => {
      const { result } = await cgroupSite(t).run(shell('exit 0'));
      for (const name of ['CpuStallTime', 'MemoryStallTime', 'IoStallTime']) {
        assert.equal(typeof result[name], 'number', name);
      }
    });
  },
);

test('eyrie plan shows the cgroup and its limits', { skip }, async (t) => {
  const site = cgroupSite(t);
  const { stdout } = await site.run(
    { ...shell('exit 0'), RequestCpus: 3, RequestMemory: 70 },
    { options: ['--dry-run'] },
  );
  assert.match(stdout, /^ {2}CPU weight +300$/m);
  assert.match(stdout, /^ {2}memory, hard limit +70 MiB$/m);
});
