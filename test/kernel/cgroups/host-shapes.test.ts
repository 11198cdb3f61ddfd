/**
 * Jobs in cgroups on hosts of other shapes than this one, made of it in mount namespaces: version 1 alone,
 * some controllers only, elsewhere than usual, to be read only.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { CgroupLimits } from '../../../src/job/cgroup-plan';
import { emptyAndRemove } from '../../../src/kernel/cgroups/empty';
import { JobCgroup } from '../../../src/kernel/cgroups/job-cgroup';
import { isStill } from '../../../src/kernel/proc/stillness';
import { burn } from '../../support/burn';
import { runCommand } from '../../support/command';
import { needsRoot, skipIf } from '../../support/need';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';
import {
  cage,
  type Caged,
  cgroupPlan,
  placesOf,
  runCaged,
  temporaryBase,
  versionOf,
} from '../support/cgroups';
import { NOBODY } from '../support/plans';
import { program, runProgram, suite } from '../support/program';

const MIB = 2 ** 20;
const SPIN = 'while :; do :; done';

/** What is done on such a host. */
interface Wish {
  readonly base: string;
  readonly limits: CgroupLimits;
  /** For the job's words; nobody's. */
  readonly output: string;
  readonly what: 'tell' | 'suspend' | 'outgrow';
}

/** What came of it. */
interface Told {
  readonly error?: string;
  readonly notes?: readonly string[];
  /** Directories of the job's cgroup, and those that are there after its removal. */
  readonly directories?: readonly string[];
  readonly left?: readonly string[];
  /** Whether the job stood still, used no CPU time, and went on. */
  readonly suspended?: readonly boolean[];
  readonly killed?: readonly boolean[];
  /** CPU seconds. */
  readonly cpu?: number;
  readonly peak?: number;
}

program(async (input) => {
  const { base, limits, output, what } = input as Wish;
  const last: (() => Promise<void>)[] = [];
  const plan = cgroupPlan(base, limits);
  const made = JobCgroup.make(plan);
  if (!made.ok) return { error: made.error } satisfies Told;
  await made.value.remove();
  const run = { tell: `cat /proc/self/cgroup; ${COUNT}`, suspend: SPIN, outgrow: OUTGROW }[what];
  const caged = await cage({ after: (one) => last.push(one) }, plan, { output, run });
  const { cgroup } = caged;
  const facts = { tell, suspend, outgrow }[what];
  const told = await facts(caged);
  const directories = cgroup.directories;
  const trouble = await cgroup.remove();
  assert.deepEqual(trouble, []);
  // Nobody outside may see these mounts.
  for (const place of placesOf(base)) await emptyAndRemove(place);
  return { ...told, notes: cgroup.notes, directories, left: directories.filter(fs.existsSync) };
});

const COUNT = burn(0.1);

async function tell(caged: Caged): Promise<Told> {
  await runCaged(caged);
  const { cpu, memory } = caged.cgroup.usage();
  return {
    ...(cpu && { cpu: cpu.user + cpu.system }),
    ...(memory?.peak !== undefined && { peak: memory.peak }),
  };
}

async function suspend({ cgroup, launch }: Caged): Promise<Told> {
  await launch.go();
  const used = (): number => {
    const { cpu } = cgroup.usage();
    return cpu === undefined ? NaN : cpu.user + cpu.system;
  };
  await waitUntil(() => used() > 0.05, 'the job to run');
  launch.signalFamily(19);
  await waitUntil(() => isStill(launch.jobPid() ?? 0) === true, 'the job to stand still');
  const [job = 0, before] = [launch.jobPid(), used()];
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [still, idle] = [isStill(job) === true, used() === before];
  launch.signalFamily(18);
  await waitUntil(() => used() > before + 0.05, 'the job to go on');
  launch.signalFamily(9);
  await launch.exited;
  return { suspended: [still, idle, true] };
}

/** A process that needs too much, beside one that does not and would live on. */
const OUTGROW = 'sleep 600 & dd if=/dev/zero of=/dev/null bs=100M count=1; exec sleep 600';

async function outgrow({ cgroup, launch }: Caged): Promise<Told> {
  cgroup.onOutOfMemory(() => launch.signalFamily(9));
  await launch.go();
  const exit = await launch.exited;
  const { kills, overLimit } = cgroup.outOfMemory();
  return { killed: [exit.ok && exit.value.signal === 9, kills > 0, overLimit] };
}

const skip = skipIf(
  needsRoot() ?? (versionOf('memory') === 1 ? undefined : 'the memory controller on version 1'),
);

/** Does it in a mount namespace, after a shell script that makes the host's shape. */
async function onHost(
  t: TestContext,
  script: string,
  what: Wish['what'],
  limits: CgroupLimits = {},
): Promise<Told & { readonly lines: readonly string[] }> {
  const directory = temporaryDirectory(t, { uid: NOBODY });
  const output = `${directory}/output`;
  const elsewhere = temporaryDirectory(t);
  const by = ['unshare', '--mount', 'sh', '-c', `set -e\n${script}\nexec "$@"`, elsewhere];
  const base = temporaryBase(t);
  const told = (await runProgram({ base, limits, output, what } satisfies Wish, { by })) as Told;
  assert.deepEqual(placesOf(`${base}/job`), []);
  const text = fs.existsSync(output) ? fs.readFileSync(output, 'utf8') : '';
  const lines = text.split('\n').filter((line) => line.includes(`/${base}/job`));
  return { ...told, lines };
}

const first = (told: Told): readonly (string | undefined)[] =>
  (told.directories ?? []).map((each) => /^\/sys\/fs\/cgroup\/([^/]+)\//.exec(each)?.[1]).sort();

const WITHOUT_VERSION_2 = 'umount /sys/fs/cgroup/unified';
const FIRST = ['blkio', 'cpu', 'cpuacct', 'devices', 'freezer', 'memory', 'pids'];
/** Mounts each controller below `$0`, and nothing is left where it is looked for. */
const ELSEWHERE = `
for name in memory freezer cpuacct pids; do
  mkdir $0/$name; mount -t cgroup -o $name cgroup $0/$name
done
umount -l /sys/fs/cgroup`;

const MOUNT_BOTH = 'mount -t cgroup -o hugetlb,net_cls cgroup $0/both';

/** What a test left there that failed. */
const RMDIR = 'for dir in $0/both/eyrie-test-*/job $0/both/eyrie-test-*; do rmdir $dir; done';

/** A hierarchy lives on as long as the kernel remembers a cgroup in it, and ends when it is unmounted then. */
async function unmakeBoth(): Promise<void> {
  const isGone = (): boolean => /^hugetlb\s+0\s/m.test(fs.readFileSync('/proc/cgroups', 'latin1'));
  const place = fs.mkdtempSync('/tmp/eyrie-test-');
  fs.mkdirSync(`${place}/both`);
  const again = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `${MOUNT_BOTH}; ${RMDIR}; umount $0/both`,
    place,
  ];
  await waitUntil(async () => isGone() || (await runCommand(again), isGone()), 'it to end', 180);
  fs.rmSync(place, { recursive: true });
}

suite('a job on a host with version 1 alone', { skip }, () => {
  test('is born in a cgroup of each controller, and leaves none', async (t) => {
    const limits = { cpus: [0], memory: { hard: 200 * MIB } };
    const told = await onHost(t, WITHOUT_VERSION_2, 'tell', limits);
    assert.deepEqual([told.notes, told.left], [[], []]);
    assert.deepEqual(first(told), [...FIRST, 'cpuset'].sort());
    assert.equal(told.lines.length, FIRST.length + 1, told.lines.join('\n'));
    assert.ok((told.cpu ?? 0) > 0.02 && (told.peak ?? 0) > 0, JSON.stringify(told));
  });

  test('stands still by the freezer', async (t) => {
    const told = await onHost(t, WITHOUT_VERSION_2, 'suspend');
    assert.deepEqual([told.suspended, told.left], [[true, true, true], []]);
  });

  test('ends whole, by us, where one of its processes needs too much memory', async (t) => {
    const limits = { memory: { hard: 50 * MIB, swap: 0 } };
    const told = await onHost(t, WITHOUT_VERSION_2, 'outgrow', limits);
    assert.deepEqual([told.killed, told.left], [[true, true, true], []]);
  });
});

suite('a job on a host', { skip }, () => {
  test('with some controllers only has those, and it is said what it goes without', async (t) => {
    const script = `${WITHOUT_VERSION_2}\ncd /sys/fs/cgroup; umount freezer pids devices cpuacct`;
    const told = await onHost(t, script, 'tell', { pids: 50, memory: { hard: 200 * MIB } });
    assert.deepEqual(first(told), ['blkio', 'cpu', 'memory']);
    assert.deepEqual(told.notes, ['no limit of processes: no cgroup here has the controller pids']);
    assert.equal(told.cpu, undefined);
    assert.ok((told.peak ?? 0) > 0);
  });

  test('without any freezer stands still by signals', async (t) => {
    const script = `${WITHOUT_VERSION_2}\numount /sys/fs/cgroup/freezer`;
    const told = await onHost(t, script, 'suspend');
    assert.deepEqual([told.suspended, told.left], [[true, true, true], []]);
  });

  test('whose hierarchies are elsewhere has its cgroups there', async (t) => {
    const told = await onHost(t, ELSEWHERE, 'outgrow', { memory: { hard: 50 * MIB } });
    assert.equal(told.directories?.length, 4);
    for (const place of told.directories ?? []) assert.doesNotMatch(place, /^\/sys/);
    assert.deepEqual([told.killed, told.left], [[true, true, true], []]);
  });

  test('with two controllers in one hierarchy has one cgroup for both', async (t) => {
    // This host has cpu and cpuacct apart, and they cannot be put together while it runs.
    const script = `mkdir $0/both; ${MOUNT_BOTH}`;
    t.after(unmakeBoth);
    const told = await onHost(t, script, 'tell', { hugePages: 0 });
    const both = told.lines.filter((line) => /:(net_cls,hugetlb|hugetlb,net_cls):/.test(line));
    assert.equal(both.length, 1, told.lines.join('\n'));
    assert.deepEqual(told.notes, []);
  });

  test('where a hierarchy is to be read only goes without it', async (t) => {
    const script = 'mount -o remount,bind,ro /sys/fs/cgroup/memory';
    const told = await onHost(t, script, 'tell', { memory: { hard: 200 * MIB } });
    assert.ok(!first(told).includes('memory') && first(told).includes('pids'));
    assert.match(told.notes?.[0] ?? '', /cannot make the cgroup .*memory.*: Read-only file system/);
    assert.match(told.notes?.[1] ?? '', /no hard limit of memory/);
  });

  test('where it is mounted once more to be written has it there', async (t) => {
    const script = `mount -o remount,bind,ro /sys/fs/cgroup/memory
mkdir $0/memory; mount -t cgroup -o memory cgroup $0/memory`;
    const told = await onHost(t, script, 'tell', { memory: { hard: 200 * MIB } });
    assert.deepEqual(told.notes, []);
    assert.ok((told.peak ?? 0) > 0);
  });

  test('where all are to be read only, or none is mounted, has no cgroup', async (t) => {
    const script = 'for place in /sys/fs/cgroup/*/; do mount -o remount,bind,ro $place; done';
    assert.match((await onHost(t, script, 'tell')).error ?? '', /Read-only file system/);
    const none = await onHost(t, 'umount -l /sys/fs/cgroup', 'tell');
    assert.equal(none.error, 'no cgroup hierarchy is mounted here');
  });
});
