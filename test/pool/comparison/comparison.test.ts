/**
 * The same jobs with HTCondor's own starter and with ours must come to the same: the final ad, the
 * events, the files. HTCondor's is compared with itself as well, which proves the comparison.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { emptyAndRemove } from '../../../src/kernel/cgroups/empty';
import { needsController, placesOf } from '../../kernel/support/cgroups';
import { skipIf } from '../../support/need';
import { STARTERS, WHOSE } from '../support/each-pool';
import { type Pool, type StarterKind, startPool } from '../support/pool';
import { needsPools, type Release, RELEASES } from '../support/releases';
import { DEPARTURES, type Departure } from './departures';
import { CGROUP_JOBS, COMPARED_JOBS, type ComparedJob } from './jobs';
import { type Outcome, outcomeOf } from './outcome';

/** A place where two outcomes of a job differ. */
interface Difference {
  readonly job: string;
  readonly place: string;
  readonly text: string;
}

const SLOTS = 4;

/** Pools without cgroups and with them, and the jobs that show what they do. */
const KINDS: readonly (Pick<Departure, 'within'> & {
  readonly title: string;
  readonly jobs: readonly ComparedJob[];
})[] = [
  { title: '', within: 'no cgroups', jobs: COMPARED_JOBS },
  { title: ' in cgroups', within: 'cgroups', jobs: CGROUP_JOBS },
];

/** Each pool has slots of the same names. */
function baseOf(index: number): string {
  return `eyrie-test-comparison-${process.pid}-${index}`;
}

after(async () => {
  for (const index of bases.keys()) {
    for (const place of placesOf(baseOf(index))) await emptyAndRemove(place);
  }
});

const bases: string[] = [];

function knobsOf(within: Departure['within']): Readonly<Record<string, string>> {
  if (within !== 'cgroups') return {};
  const base = baseOf(bases.length);
  bases.push(base);
  return {
    BASE_CGROUP: base,
    STARTER_UPDATE_INTERVAL: '1',
    STARTER_INITIAL_UPDATE_INTERVAL: '1',
    CGROUP_POLLING_INTERVAL: '1',
  };
}

/** Runs all jobs, some at a time, and gives their outcomes in order. */
async function outcomesOf(pool: Pool, jobs: readonly ComparedJob[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = [...jobs.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      outcomes[next[0]] = await outcomeOf(pool, next[1]);
    }
  };
  await Promise.all(Array.from({ length: SLOTS }, work));
  return outcomes;
}

function differencesOf(job: string, theirs: Outcome, others: Outcome): readonly Difference[] {
  const places = [...new Set([...theirs.keys(), ...others.keys()])];
  return places
    .map((place) => ({ place, one: theirs.get(place), other: others.get(place) }))
    .filter(({ one, other }) => one !== other)
    .map(({ place, one = 'nothing', other = 'nothing' }) => ({
      job,
      place,
      text: `${job}: ${place}: ${one} => ${other}`,
    }));
}

function isOf({ place, jobs }: Departure, difference: Difference): boolean {
  const isThere =
    typeof place === 'string' ? place === difference.place : place.test(difference.place);
  return isThere && (jobs === undefined || jobs.includes(difference.job));
}

function departuresOf(
  release: Release,
  starter: StarterKind,
  kind: Departure['within'],
): readonly Departure[] {
  if (starter === 'htcondor') return [];
  return DEPARTURES.filter(
    (departure) =>
      (departure.release ?? release) === release && (departure.within ?? 'no cgroups') === kind,
  );
}

describe('the comparison of starters', { skip: skipIf(needsPools()), concurrency: 2 }, () => {
  for (const release of RELEASES) {
    for (const starter of STARTERS) {
      for (const { jobs, title, within } of KINDS) {
        const skip = within === 'cgroups' ? skipIf(needsController('memory')) : false;
        const name = `HTCondor ${release}: ${WHOSE[starter]} starter does as HTCondor's own${title}`;
        test(name, { skip }, async (t) => {
          const start = (whose: StarterKind): Promise<Pool> =>
            startPool(t, { release, slots: SLOTS, starter: whose, knobs: knobsOf(within) });
          const pools = await Promise.all([start('htcondor'), start(starter)]);
          const [theirs, others] = await Promise.all(pools.map((pool) => outcomesOf(pool, jobs)));
          const found = jobs.flatMap(({ name: job }, index) =>
            differencesOf(job, theirs![index]!, others![index]!),
          );
          judge(found, departuresOf(release, starter, within));
        });
      }
    }
  }
});

function judge(found: readonly Difference[], known: readonly Departure[]): void {
  const unknown = found.filter((each) => !known.some((departure) => isOf(departure, each)));
  assert.ok(unknown.length === 0, unknown.map(({ text }) => text).join('\n'));
  const past = known.filter((departure) => !found.some((each) => isOf(departure, each)));
  assert.deepEqual(past, [], 'departures that are no more: remove them from departures.ts');
}
