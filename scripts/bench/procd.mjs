/**
 * `make bench-procd`: HTCondor's condor_procd and ours, in turns, on crowds of processes.
 *
 *   node scripts/bench/procd.mjs [--rounds N] [--release RELEASE] [--sides 'htcondor eyrie']
 *
 * Each measurement has a daemon and a crowd of its own. What one client is told is timed, from the
 * request to the reply; medians are compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadTypeScript } from '../build/load-typescript.mjs';
import { startCrowd } from './procd-crowd.mjs';
import { askingMeasures, idleMeasures, killMeasures } from './procd-measures.mjs';
import { startDaemon } from './procd-sides.mjs';
import { median, shuffled } from './statistics.mjs';
import { columns, ratio } from './table.mjs';

const NAMES = { htcondor: "HTCondor's", eyrie: 'Eyrie' };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    release: { type: 'string', default: '23.9' },
    sides: { type: 'string', default: 'htcondor eyrie' },
    counts: { type: 'string', default: '10 100 1000 5000' },
    kill: { type: 'string', default: 'yes' },
    idle: { type: 'string', default: '60' },
  },
});
const sides = values.sides.split(' ');
const rounds = Number(values.rounds);

/** Processes, and the families that they are in. */
const CROWDS = [1, 100].flatMap((families) =>
  values.counts
    .split(' ')
    .map(Number)
    .filter((count) => count >= families)
    .map((count) => ({ families, count })),
);

/** Runs something with a crowd and a daemon that knows all its families; both are gone afterwards. */
async function withFamilies(setting, side, shape, work) {
  const crowd = await startCrowd(setting, shape);
  const daemon = await startDaemon(setting, side, crowd.pid);
  try {
    for (const root of crowd.roots) {
      await daemon.ask({
        command: 'register-subfamily',
        root,
        watcher: crowd.pid,
        interval: 60,
      });
    }
    await crowd.fill();
    return await work(daemon, crowd);
  } finally {
    await daemon.stop();
    await crowd.end();
  }
}

/** Numbers by name and side, of all rounds. */
async function measure(setting, shape, work) {
  const samples = new Map();
  for (let round = 0; round < shape.rounds; round++) {
    for (const side of shuffled(sides)) {
      const numbers = await withFamilies(setting, side, shape, work);
      for (const [name, number] of Object.entries(numbers)) {
        const of = samples.get(name) ?? new Map(sides.map((each) => [each, []]));
        of.get(side).push(number);
        samples.set(name, of);
      }
    }
  }
  return [...samples].map(([name, of]) => {
    const medians = sides.map((side) => median(of.get(side)));
    const [first, ...others] = medians;
    return [
      name,
      ...medians.map((value) => (value === Infinity ? 'never' : value.toFixed(2))),
      ...others.map((value) => (Number.isFinite(value / first) ? ratio(value, first) : '')),
    ];
  });
}

const work = mkdtempSync(path.join(os.tmpdir(), 'eyrie-bench-procd-'));
try {
  const built = spawnSync(
    'cc',
    ['-O2', '-o', `${work}/crowd`, path.join(import.meta.dirname, 'crowd.c')],
    { stdio: 'inherit' },
  );
  if (built.status !== 0) throw new Error('cannot compile crowd.c');
  const tools = await loadTypeScript(
    'src/family/client/client.ts',
    'src/family/wire/index.ts',
    'test/procd/support/sides.ts',
  );
  const setting = { work, tools, release: values.release };
  const heads = sides.map((side) => NAMES[side]);
  const rows = [['medians', ...heads, ...heads.slice(1).map(() => 'ratio')]];
  for (const shape of CROWDS) {
    rows.push(...(await measure(setting, { ...shape, rounds }, askingMeasures(shape))));
  }
  for (const bomb of values.kill === 'no' ? [] : [false, true]) {
    const shape = { families: 1, count: 5000, bomb, rounds };
    const what = bomb ? 'a moving bomb of 5000' : '5000 processes';
    rows.push(...(await measure(setting, shape, killMeasures(what))));
  }
  const idle = { families: 100, count: 1000, rounds: 1 };
  rows.push(...(await measure(setting, idle, idleMeasures(Number(values.idle)))));
  process.stdout.write(`\ncondor_procd, HTCondor ${values.release}\n\n${columns(rows)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
