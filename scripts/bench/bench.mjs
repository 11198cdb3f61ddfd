/**
 * `make bench`: from command to result for /bin/true, and private memory while a job sleeps, of
 * Eyrie beside HTCondor's condor_starter and bubblewrap.
 *
 *   node scripts/bench/bench.mjs [ROUNDS]        CONDOR_ROOT=/folder for HTCondor's side
 *
 * The sides take turns in a new order each round, so that other work on the machine meets all of
 * them alike; medians are compared. A side that cannot be measured here is left out, and a line
 * says why.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { measureMemory, measureTime } from './measure.mjs';
import * as bubblewrap from './sides/bubblewrap.mjs';
import * as eyrie from './sides/eyrie.mjs';
import * as htcondor from './sides/htcondor.mjs';
import { shuffled } from './statistics.mjs';
import { memoryTable, timeTable } from './table.mjs';

/** chroot is without a PID namespace: HTCondor's init for that would have to be in the image. */
const SITUATIONS = ['bare', 'namespaces', 'chroot'];
/** Eyrie in the middle one of these, and its procd must be started first. */
const COLD = 'namespaces, no procd yet';
const SIDES = [eyrie, htcondor, bubblewrap];
const MEMORY_ROUNDS = 5;
const rounds = Number(process.argv[2] ?? 40);
const here = import.meta.dirname;
const root = process.getuid() === 0;

/** Mounts of the benchmark are for its own eyes, and gone with it. */
function enterMountNamespace() {
  const self = [process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', ...self], {
    stdio: 'inherit',
    env: { ...process.env, EYRIE_BENCH_INSIDE: '1' },
  });
  process.exitCode = status ?? 1;
}

function compile(source, target, ...flags) {
  const args = ['-O2', ...flags, '-o', target, path.join(here, source)];
  const { status } = spawnSync('cc', args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`cannot compile ${source}`);
}

/** An image for chroot: true and sleep, and what a job expects to find mounted. */
function makeImage(image) {
  for (const directory of ['bin', 'proc', 'dev', 'tmp', 'var/tmp'])
    mkdirSync(path.join(image, directory), { recursive: true, mode: 0o755 });
  compile('payload.c', `${image}/bin/true`, '-static');
  cpSync(`${image}/bin/true`, `${image}/bin/sleep`);
}

function writeAd(file, command, args, chroot) {
  const lines = [
    'MyType = "Job"',
    'ClusterId = 1',
    'ProcId = 0',
    'JobUniverse = 5',
    'Owner = "nobody"',
    'User = "nobody@bench.example.org"',
    'Iwd = "/"',
    `Cmd = "${command}"`,
    `Arguments = "${args}"`,
    'Out = "/dev/null"',
    'Err = "/dev/null"',
    ...(chroot ? ['RequestedChroot = "bench"'] : []),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** Where root keeps images: a directory on whose path nobody else can write. */
function makeWork() {
  const work = mkdtempSync(root ? '/var/lib/eyrie-bench-' : `${process.env.HOME}/.eyrie-bench-`);
  spawnSync('chmod', ['755', work]);
  makeImage(`${work}/image`);
  compile('clock.c', `${work}/clock`);
  writeAd(`${work}/true.ad`, '/bin/true', '');
  writeAd(`${work}/chroot.ad`, '/bin/true', '', true);
  writeAd(`${work}/sleep.ad`, `${work}/image/bin/sleep`, '60');
  return work;
}

/** The sides that can be measured here, ready; says which cannot. */
function presentSides(setting) {
  return SIDES.filter((side) => {
    const why = side.missing();
    if (why) console.log(`without ${side.name}: ${why}`);
    else side.prepare(setting);
    return !why;
  });
}

function commandOf(side, { work, image }, situation, adName, job) {
  const jobAd = `${work}/${adName}.ad`;
  return side.command({ work, image, situation, jobAd, job, result: `${work}/result.ad` });
}

/** Ends the procd of the measurement before, and measures a job that has to start one. */
function measureCold(side, { work, image }) {
  side.ready({ work });
  const [jobAd, result] = [`${work}/true.ad`, `${work}/result.ad`];
  const situation = 'namespaces';
  return measureTime({ work }, side.command({ work, image, situation, jobAd, result, cold: true }));
}

function times(sides, setting) {
  const samples = new Map();
  // The first round warms the page cache, and is not counted.
  const take = (round, key, sample) =>
    samples.set(key, round === 0 ? [] : [...samples.get(key), sample]);
  for (let round = 0; round <= rounds; round++) {
    for (const situation of SITUATIONS)
      for (const side of shuffled(sides)) {
        const ad = situation === 'chroot' ? 'chroot' : 'true';
        const command = commandOf(side, setting, situation, ad, ['/bin/true']);
        take(round, `${situation} ${side.name}`, measureTime(setting, command));
      }
    for (const side of sides.filter(({ ready }) => ready))
      take(round, `${COLD} ${side.name}`, measureCold(side, setting));
  }
  return samples;
}

async function memories(sides, setting) {
  const samples = new Map(sides.map((side) => [side.name, []]));
  for (let round = 0; round < MEMORY_ROUNDS; round++)
    for (const side of shuffled(sides)) {
      const job = [`${setting.work}/image/bin/sleep`, '60'];
      const command = commandOf(side, setting, 'namespaces', 'sleep', job);
      samples.get(side.name).push(await measureMemory(command, 'sleep'));
    }
  return samples;
}

async function main() {
  const work = makeWork();
  const setting = { work, image: `${work}/image` };
  let sides = [];
  try {
    sides = presentSides(setting);
    console.log(timeTable([...SITUATIONS, COLD], sides, times(sides, setting), rounds));
    console.log(memoryTable(sides, await memories(sides, setting)));
  } finally {
    for (const side of sides) side.cleanUp?.(setting);
    rmSync(work, { recursive: true, force: true });
  }
}

if (root && !process.env.EYRIE_BENCH_INSIDE) enterMountNamespace();
else await main();
