/**
 * The same jobs with HTCondor's own starter and with ours must come to the same: the final ad, the
 * events, the files. HTCondor's is compared with itself as well, which proves the comparison.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipIf } from '../../support/need';
import { STARTERS, WHOSE } from '../support/each-pool';
import { type Pool, type StarterKind, startPool } from '../support/pool';
import { needsPools, type Release, RELEASES } from '../support/releases';
import { DEPARTURES, type Departure } from './departures';
import { COMPARED_JOBS } from './jobs';
import { type Outcome, outcomeOf } from './outcome';

/** A place where two outcomes of a job differ. */
interface Difference {
  readonly job: string;
  readonly place: string;
  readonly text: string;
}

const SLOTS = 4;

/** Runs all jobs, some at a time, and gives their outcomes in order. */
async function outcomesOf(pool: Pool): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = [...COMPARED_JOBS.entries()];
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

function departuresOf(release: Release, starter: StarterKind): readonly Departure[] {
  if (starter === 'htcondor') return [];
  return DEPARTURES.filter((departure) => (departure.release ?? release) === release);
}

describe('the comparison of starters', { skip: skipIf(needsPools()), concurrency: 2 }, () => {
  for (const release of RELEASES) {
    for (const starter of STARTERS) {
      test(`HTCondor ${release}: ${WHOSE[starter]} starter does as HTCondor's own`, async (t) => {
        const pools = await Promise.all([
          startPool(t, { release, slots: SLOTS }),
          startPool(t, { release, slots: SLOTS, starter }),
        ]);
        const [theirs, others] = await Promise.all([outcomesOf(pools[0]), outcomesOf(pools[1])]);
        const found = COMPARED_JOBS.flatMap(({ name }, index) =>
          differencesOf(name, theirs[index]!, others[index]!),
        );
        const known = departuresOf(release, starter);
        const unknown = found.filter((each) => !known.some((departure) => isOf(departure, each)));
        assert.ok(unknown.length === 0, unknown.map(({ text }) => text).join('\n'));
        const past = known.filter((departure) => !found.some((each) => isOf(departure, each)));
        assert.deepEqual(past, [], 'departures that are no more: remove them from departures.ts');
      });
    }
  }
});
