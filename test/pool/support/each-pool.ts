/**
 * The same tests on every release, with HTCondor's own starter and ours.
 */
import { after, before, describe } from 'node:test';
import { skipIf } from '../../support/need';
import { type Pool, type PoolOptions, type StarterKind, startPool } from './pool';
import { needsPools, type Release, RELEASES } from './releases';

/** Whose starters the tests judge; EYRIE_POOL_STARTERS names others. */
export const STARTERS: readonly StarterKind[] = chosenStarters(['htcondor', 'eyrie']);

/** For test names: whose starter that is. */
export const WHOSE: Readonly<Record<StarterKind, string>> = {
  htcondor: "HTCondor's own",
  eyrie: 'our',
};

/** Jobs mostly wait; but each pool has seven daemons, each job three processes, and files run two at a time. */
const POOLS_AT_A_TIME = 1;

/** What differs from an ordinary pool, and how many tests run at a time. */
export type EachPoolOptions = Omit<PoolOptions, 'release' | 'starter'> & {
  /** As many as there are slots where undefined. */
  readonly concurrency?: number;
  /** Whose starter it is about, where it is not about both. */
  readonly only?: StarterKind;
  /** How many of the pools are up at a time; 1 where undefined. */
  readonly poolsAtATime?: number;
  /** Knobs that each pool has for itself, beside `knobs`. */
  readonly knobsOf?: (judged: Judged) => Readonly<Record<string, string>>;
};

/**
 * Describes tests once for each release and starter. The tests of one description share a pool,
 * which `pool()` gives while they run.
 *
 * @param what the subject of the tests' names
 * @param define gets the pool, and what is judged, for tests that only one of them can pass
 */
export function describeInPools(
  what: string,
  { concurrency, knobsOf, only, poolsAtATime = POOLS_AT_A_TIME, ...options }: EachPoolOptions,
  define: (pool: () => Pool, judged: Judged) => void,
): void {
  const slots = options.slots ?? 4;
  describe(what, { skip: skipIf(needsPools()), concurrency: poolsAtATime }, () => {
    for (const { release, starter } of JUDGED) {
      if (only !== undefined && only !== starter) continue;
      const title = `HTCondor ${release}, ${WHOSE[starter]} starter:`;
      describe(title, { concurrency: concurrency ?? slots }, () => {
        let pool: Pool | undefined;
        before(async () => {
          const knobs = { ...options.knobs, ...knobsOf?.({ release, starter }) };
          pool = await startSharedPool({ ...options, knobs, slots, release, starter });
        });
        after(() => pool?.stop());
        define(
          () => {
            if (pool === undefined) throw new Error('the pool did not start');
            return pool;
          },
          { release, starter },
        );
      });
    }
  });
}

/** A starter that this release is judged with. */
export interface Judged {
  readonly release: Release;
  readonly starter: StarterKind;
}

/** All combinations, for tests that start pools of their own. */
export const JUDGED: readonly Judged[] = RELEASES.flatMap((release) =>
  STARTERS.map((starter) => ({ release, starter })),
);

/** Whoever calls this stops the pool; where it does not come up, nothing is left. */
async function startSharedPool(options: PoolOptions): Promise<Pool> {
  const endings: (() => Promise<void>)[] = [];
  try {
    return await startPool({ after: (ending) => void endings.push(ending) }, options);
  } catch (error) {
    for (const ending of endings) await ending();
    throw error;
  }
}

function chosenStarters(all: readonly StarterKind[]): readonly StarterKind[] {
  const chosen = process.env.EYRIE_POOL_STARTERS?.split(' ');
  if (chosen === undefined) return all;
  return (['htcondor', 'eyrie'] as const).filter((starter) => chosen.includes(starter));
}
