/**
 * A job's cgroup on this machine's kernel, by jobs that are in one: on version 2, on version 1, or on
 * both, as the hierarchies are mounted where this runs.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { JobCgroup } from '../../../src/kernel/cgroups/job-cgroup';
import { processesBelow } from '../../../src/kernel/cgroups/empty';
import { burn } from '../../support/burn';
import { needsControllers, needsRoot, skipIf } from '../../support/need';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';
import {
  cage,
  type Caged,
  cgroupPlan,
  hierarchies,
  needsController,
  placesOf,
  runCaged,
  temporaryBase,
  versionOf,
} from '../support/cgroups';
import { NOBODY } from '../support/plans';

const skip = skipIf(needsRoot() ?? needsController('memory'));
const MIB = 2 ** 20;

/** CPU seconds of a caged job until now. */
function cpuOf({ cgroup }: Caged): number {
  const { cpu } = cgroup.usage();
  assert.ok(cpu);
  return cpu.user + cpu.system;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const SPIN = 'while :; do :; done';

describe("a job's cgroup", { skip }, () => {
  test('has the job in every hierarchy from its first instruction on', async (t) => {
    const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
    const caged = await cage(t, cgroupPlan(temporaryBase(t)), {
      output,
      run: 'cat /proc/self/cgroup',
    });
    await runCaged(caged);
    const lines = fs.readFileSync(output, 'utf8').trim().split('\n');
    const inside = lines.filter((line) => line.includes(`/${caged.cgroup.name}`));
    const wanted = hierarchies().filter(
      ({ version, controllers }) =>
        version === 2 || controllers.some((name) => !['cpuset', 'hugetlb'].includes(name)),
    );
    assert.equal(inside.length, wanted.length, lines.join('\n'));
    assert.deepEqual(caged.cgroup.notes, []);
  });

  test('is removed with all that the job left in it, whole', async (t) => {
    const base = temporaryBase(t);
    const caged = await cage(t, cgroupPlan(base), { run: 'exit 0' });
    await runCaged(caged);
    assert.deepEqual(await caged.cgroup.remove(), []);
    assert.deepEqual(
      placesOf(base)
        .flatMap((place) => fs.readdirSync(place, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory()),
      [],
    );
  });

  test('has another name where its own is in use', async (t) => {
    const base = temporaryBase(t);
    const { cgroup } = await cage(t, cgroupPlan(base), { run: 'exit 0' });
    const second = await cage(t, cgroupPlan(base), { run: 'exit 0' });
    assert.equal(cgroup.name, `${base}/job`);
    assert.equal(second.cgroup.name, `${base}/job_${process.pid}_1`);
  });

  test('is there in no hierarchy where it cannot be made in one', (t) => {
    const base = temporaryBase(t);
    const made = JobCgroup.make(cgroupPlan(base, {}, 'a\nb'));
    assert.ok(!made.ok);
    assert.match(made.error, /cannot make the cgroup .*a\nb: Invalid argument/);
    const children = placesOf(base).flatMap((place) =>
      fs.readdirSync(place, { withFileTypes: true }),
    );
    assert.deepEqual(
      children.filter((entry) => entry.isDirectory()),
      [],
    );
  });

  test('counts CPU time, also of those that nobody waits for', async (t) => {
    const run = `(setsid sh -c '${burn(0.05)}' &); sleep 0.6`;
    const caged = await cage(t, cgroupPlan(temporaryBase(t)), { run, namespaces: [] });
    await runCaged(caged);
    assert.ok(cpuOf(caged) > 0.01, `${cpuOf(caged)} s`);
  });

  test('knows the peak of memory within 5 %', async (t) => {
    const touched = 200 * MIB;
    const run = `dd if=/dev/zero of=/dev/null bs=${touched} count=1; exit 0`;
    const caged = await cage(t, cgroupPlan(temporaryBase(t)), { run });
    await runCaged(caged);
    const { memory } = caged.cgroup.usage();
    assert.ok(memory?.peak !== undefined);
    const found = memory.peak - memory.cache;
    assert.ok(Math.abs(found / touched - 1) < 0.05, `${found / MIB} MiB`);
  });

  test('kills a job over its hard limit, and knows why', async (t) => {
    const limits = { memory: { hard: 50 * MIB, swap: 0 } };
    const run = 'dd if=/dev/zero of=/dev/null bs=100M count=1';
    const caged = await cage(t, cgroupPlan(temporaryBase(t), limits), { run });
    const told: string[] = [];
    caged.cgroup.onOutOfMemory(() => told.push('told'));
    const exit = await runCaged(caged);
    // Version 1 kills one process: the shell tells of its child.
    const isWhole = versionOf('memory') === 2;
    assert.deepEqual([exit.signal, exit.code], isWhole ? [9, undefined] : [undefined, 137]);
    const { kills, overLimit } = caged.cgroup.outOfMemory();
    // The one that the kernel chose is killed with all once more, unless it has gone by then.
    assert.ok(isWhole ? kills === 2 || kills === 3 : kills === 1, `${kills} kills`);
    assert.ok(overLimit);
    if (!isWhole) await waitUntil(() => told.length > 0, "the kernel's word");
  });

  test('lets a job with a soft limit live', async (t) => {
    const limits = { memory: { soft: 50 * MIB, low: 50 * MIB } };
    const run = 'dd if=/dev/zero of=/dev/null bs=100M count=1';
    const caged = await cage(t, cgroupPlan(temporaryBase(t), limits), { run });
    assert.equal((await runCaged(caged)).code, 0);
    assert.deepEqual(caged.cgroup.outOfMemory().kills, 0);
  });
});

describe('the CPU weight of a cgroup', { skip: skip || skipIf(needsController('cpu')) }, () => {
  test('of 1 and of 3 gives jobs on one CPU time of 1 to 3 within 10 %', async (t) => {
    const base = temporaryBase(t);
    const caging = [100, 300].map((cpuWeight, index) =>
      cage(t, cgroupPlan(base, { cpuWeight }, `job${index}`), {
        before: [{ op: 'affinity', cpus: [0] }],
        run: SPIN,
      }),
    );
    const jobs = await Promise.all(caging);
    for (const { launch } of jobs) assert.ok((await launch.go()).ok);
    await pause(300);
    const before = jobs.map(cpuOf);
    await pause(3000);
    const [one = 0, three = 0] = jobs.map((job, index) => cpuOf(job) - (before[index] ?? 0));
    for (const { launch } of jobs) launch.signalFamily(9);
    for (const { launch } of jobs) await launch.exited;
    const ratio = three / one;
    assert.ok(ratio > 2.7 && ratio < 3.3, `${one} s to ${three} s: 1 to ${ratio}`);
  });

  test('a limit of half a CPU gives half a CPU', async (t) => {
    const caged = await cage(t, cgroupPlan(temporaryBase(t), { cpuLimit: 0.5 }), { run: SPIN });
    assert.ok((await caged.launch.go()).ok);
    const [from, before] = [performance.now(), cpuOf(caged)];
    await pause(2000);
    const share = (cpuOf(caged) - before) / ((performance.now() - from) / 1000);
    caged.launch.signalFamily(9);
    await caged.launch.exited;
    assert.ok(share < 0.56, `${share}`);
  });
});

describe('a set of CPUs', { skip: skip || skipIf(needsController('cpuset')) }, () => {
  test('is all that the job can have, whatever it asks for', async (t) => {
    const last = os.cpus().length - 1;
    const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
    const tries = [
      'allowed() { sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status; }',
      'allowed',
      'taskset -p ffff $$ > /dev/null 2>&1',
      'allowed',
      `taskset -p ${(1 << (last + 1)).toString(16)} $$ > /dev/null 2>&1 || echo refused`,
    ];
    const plan = cgroupPlan(temporaryBase(t), { cpus: [last] });
    const caged = await cage(t, plan, { output, run: tries.join('\n') });
    await runCaged(caged);
    assert.deepEqual(caged.cgroup.notes, []);
    assert.equal(fs.readFileSync(output, 'utf8'), `${last}\n${last}\nrefused\n`);
  });
});

describe('a limit of processes', { skip: skip || skipIf(needsController('pids')) }, () => {
  test('stops a fork bomb, which is gone at once when it is killed', async (t) => {
    const limits = { pids: 50 };
    const caged = await cage(t, cgroupPlan(temporaryBase(t), limits), {
      run: '(while :; do sleep 600 & done) 2>/dev/null & exec sleep 600',
      namespaces: [],
    });
    assert.ok((await caged.launch.go()).ok);
    const count = (): number => processesBelow(caged.cgroup.directories[0] ?? '').length;
    await waitUntil(
      () => count() >= 50,
      () => `50 processes, there are ${count()}`,
    );
    for (let i = 0; i < 20; i++) {
      assert.ok(count() <= 51, `${count()} processes`);
      await pause(10);
    }
    caged.launch.signalFamily(9);
    await caged.launch.exited;
    assert.equal(count(), 0);
  });
});

describe('a job that stands still', { skip }, () => {
  test('uses no CPU until it goes on', async (t) => {
    const caged = await cage(t, cgroupPlan(temporaryBase(t)), { run: SPIN });
    assert.ok((await caged.launch.go()).ok);
    await pause(100);
    caged.launch.signalFamily(19);
    await pause(100);
    const before = cpuOf(caged);
    await pause(500);
    assert.equal(cpuOf(caged), before);
    caged.launch.signalFamily(18);
    await waitUntil(() => cpuOf(caged) > before + 0.05, 'the job to go on');
    caged.launch.signalFamily(9);
    await caged.launch.exited;
  });

  test('is killed like any other', async (t) => {
    const caged = await cage(t, cgroupPlan(temporaryBase(t)), { run: SPIN });
    assert.ok((await caged.launch.go()).ok);
    caged.launch.signalFamily(19);
    await pause(50);
    caged.launch.signalFamily(9);
    const exit = await caged.launch.exited;
    assert.ok(exit.ok && exit.value.signal === 9, JSON.stringify(exit));
  });
});

const second = hierarchies().find(({ version }) => version === 2);

describe(
  'version 2 of a job’s cgroup',
  { skip: skip || skipIf(second ? undefined : 'cgroup v2') },
  () => {
    test('is root’s, but for the part that the job may divide', async (t) => {
      const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
      const base = temporaryBase(t);
      const root = second?.root ?? '';
      const tries = [
        'echo $(cut -d: -f3 /proc/self/cgroup | tail -1)',
        `cd ${root}/${base}/job/job`,
        'mkdir part && echo $$ > part/cgroup.procs && echo divided',
        'for f in memory.max pids.max cpu.weight cgroup.max.depth cgroup.max.descendants; do',
        '[ ! -e $f ] || echo 1 > $f; done',
        'echo $$ > ../cgroup.procs',
        'echo $$ > ../init/cgroup.procs',
        'mkdir ../another',
        'echo end',
      ];
      const caged = await cage(t, cgroupPlan(base), { output, run: tries.join('\n') });
      await runCaged(caged);
      const said = fs.readFileSync(output, 'utf8');
      assert.match(said, /divided/);
      assert.match(said, /end\n$/);
      const refused = said
        .split('\n')
        .filter((line) => /Permission denied|can't create/.test(line));
      assert.ok(refused.length >= 4, said);
      assert.ok(fs.existsSync(path.join(root, base, 'job/job/part')));
      assert.deepEqual(await caged.cgroup.remove(), []);
      assert.ok(!fs.existsSync(path.join(root, base, 'job')));
    });

    test('has init apart', async (t) => {
      const base = temporaryBase(t);
      const { launch } = await cage(t, cgroupPlan(base), { run: 'exit 0' });
      const line = /^0::(.*)$/m.exec(fs.readFileSync(`/proc/${launch.pid}/cgroup`, 'utf8'))?.[1];
      assert.equal(line, `/${base}/job/init`);
      launch.cancel();
    });
  },
);

describe('version 2 of a job’s limits', { skip: skip || skipIf(needsControllers(2)) }, () => {
  test('slow a job down above its high mark, and kill nobody', async (t) => {
    const limits = { memory: { high: 8 * MIB } };
    const run = 'dd if=/dev/zero of=/dev/null bs=9M count=1';
    const caged = await cage(t, cgroupPlan(temporaryBase(t), limits), { run });
    assert.equal((await runCaged(caged)).code, 0);
    const [place = ''] = caged.cgroup.directories;
    assert.match(fs.readFileSync(`${place}/memory.events`, 'utf8'), /^high [1-9]/m);
  });

  test('give out huge pages up to the limit', async (t) => {
    const pages = temporaryDirectory(t);
    const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
    const tries = [
      `fallocate -l ${4 * MIB} ${pages}/within && echo within`,
      `fallocate -l ${2 * MIB} ${pages}/above || echo refused`,
    ];
    const plan = cgroupPlan(temporaryBase(t), { hugePages: 4 * MIB });
    execFileSync('mount', ['-t', 'hugetlbfs', '-o', 'mode=1777,pagesize=2M', 'pages', pages]);
    fs.writeFileSync('/proc/sys/vm/nr_hugepages', '6');
    try {
      await runCaged(await cage(t, plan, { output, run: tries.join('\n') }));
    } finally {
      execFileSync('umount', [pages]);
      fs.writeFileSync('/proc/sys/vm/nr_hugepages', '0');
    }
    assert.match(fs.readFileSync(output, 'utf8'), /^within\n(.*\n)?refused\n$/);
  });

  test('have the weight on disks where their scheduler knows weights', async (t) => {
    execFileSync('modprobe', ['bfq']);
    const { cgroup } = await cage(t, cgroupPlan(temporaryBase(t), { ioWeight: 300 }), {
      run: 'exit 0',
    });
    assert.deepEqual(cgroup.notes, []);
    const [place = ''] = cgroup.directories;
    const file = ['io.weight', 'io.bfq.weight'].find((name) => fs.existsSync(`${place}/${name}`));
    assert.match(fs.readFileSync(`${place}/${file}`, 'utf8'), /^default 300$/m);
  });

  test('are there on all controllers of the plan', async (t) => {
    const limits = {
      cpuWeight: 250,
      cpuLimit: 1.5,
      cpus: [0],
      memory: { hard: 64 * MIB, low: 8 * MIB, swap: 0 },
      pids: 30,
      hugePages: 0,
    };
    const { cgroup } = await cage(t, cgroupPlan(temporaryBase(t), limits), { run: 'exit 0' });
    const [place = ''] = cgroup.directories;
    const read = (file: string): string => fs.readFileSync(`${place}/${file}`, 'utf8').trim();
    assert.deepEqual(
      ['cpu.weight', 'cpu.max', 'cpuset.cpus', 'memory.max', 'memory.low', 'pids.max'].map(read),
      ['250', '150000 100000', '0', `${64 * MIB}`, `${8 * MIB}`, '31'],
    );
  });
});
