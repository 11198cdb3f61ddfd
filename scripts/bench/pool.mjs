/**
 * `make bench-pool`: HTCondor's starter and ours in pools of one release, in turns.
 *
 *   node scripts/bench/pool.mjs [--release RELEASE] [--starters 'htcondor eyrie'] [--rounds N]
 *
 * Each starter has a pool of its own with one slot; measurements take turns in a new order each
 * round, so that other work on the machine meets both alike, and medians are compared.
 */
import { parseArgs } from 'node:util';
import { loadTypeScript } from '../build/load-typescript.mjs';
import { MEASURES } from './pool-measures.mjs';
import { median, shuffled } from './statistics.mjs';
import { columns, ratio } from './table.mjs';

const NAMES = { htcondor: "HTCondor's", eyrie: 'Eyrie' };

/** Times of the startd's log to the millisecond; the claim is kept from job to job. */
const KNOBS = { STARTD_DEBUG: 'D_SUB_SECOND', CLAIM_WORKLIFE: '3600' };

async function measureAll(pools, tools, rounds) {
  const samples = new Map(
    MEASURES.flatMap(({ name }) => [...pools.keys()].map((side) => [`${name} ${side}`, []])),
  );
  for (const { name, measure, rounds: usual } of MEASURES) {
    for (let round = 0; round < (rounds ?? usual); round++) {
      for (const side of shuffled([...pools.keys()])) {
        samples.get(`${name} ${side}`).push(await measure(pools.get(side), tools));
      }
    }
  }
  return samples;
}

function table(sides, samples) {
  const rows = MEASURES.map(({ name }) => {
    const medians = sides.map((side) => median(samples.get(`${name} ${side}`)));
    const [first, ...others] = medians;
    return [
      name,
      ...medians.map((value) => value.toFixed(2)),
      ...others.map((value) => ratio(value, first)),
    ];
  });
  const heads = sides.map((side) => NAMES[side]);
  return columns([['medians', ...heads, ...heads.slice(1).map(() => 'ratio')], ...rows]);
}

const { values } = parseArgs({
  options: {
    release: { type: 'string', default: '23.9' },
    starters: { type: 'string', default: 'htcondor eyrie' },
    rounds: { type: 'string' },
  },
});
const tools = await loadTypeScript(
  'test/pool/support/pool.ts',
  'test/pool/support/releases.ts',
  'test/pool/support/jobs.ts',
  'test/pool/support/long-jobs.ts',
  'test/support/wait.ts',
);
const missing = tools.needsPools();
if (missing !== undefined) throw new Error(`the benchmark of pools needs ${missing}`);

const endings = [];
const ending = { after: (end) => endings.push(end) };
try {
  const pools = new Map();
  for (const starter of values.starters.split(' ')) {
    const options = { release: values.release, starter, slots: 1, knobs: KNOBS };
    pools.set(starter, await tools.startPool(ending, options));
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const samples = await measureAll(pools, tools, rounds);
  const version = tools.installedVersion(values.release);
  process.stdout.write(`\nHTCondor ${version}, one slot\n\n${table([...pools.keys()], samples)}\n`);
} finally {
  for (const end of endings) await end();
}
