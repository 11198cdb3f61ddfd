/** The small rules of the tree: intervals, watchers and group ids. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Family, newFamily } from './family';
import { allocateGroup, associateGroup } from './group-ids';
import { intervalInForce } from './interval';
import { isWatcherGone } from './watchers';

function family(interval = -1): Family {
  return newFamily({ number: 1, root: undefined, watcher: undefined, interval, parent: undefined });
}

describe('the interval in force', () => {
  for (const [wishes, seconds] of [
    [[60], 60],
    [[60, 15], 15],
    [[60, -1], 60],
    [[-1, -1], undefined],
    [[-1, 15], 15],
    [[60, 0], 1],
    [[], undefined],
  ] as const) {
    test(`of wishes ${wishes.join(', ')} is ${seconds} s`, () => {
      assert.equal(intervalInForce(wishes.map((wish) => family(wish))), seconds);
    });
  }
});

describe('a watcher', () => {
  const root = { pid: 200, birthday: 5000 };
  for (const [what, birthday, gone] of [
    ['older than the root of its family', 4999, false],
    ['as old as the root', 5000, false],
    ['younger than the root', 5001, true],
  ] as const) {
    test(`${what} is ${gone ? 'gone' : 'there'}`, () => {
      assert.equal(isWatcherGone({ pid: 100, birthday }, root), gone);
    });
  }

  test('that does not exist is gone', () => assert.equal(isWatcherGone(undefined, root), true));
});

describe('group ids', () => {
  const range = { first: 7001, last: 7002, chosenOutside: false };
  const refused = { ok: false, error: 'no-group-id' } as const;

  test('are given out from the lowest, and none twice', () => {
    const families = [family(), family(), family()];
    const given = families.map((one) => allocateGroup(range, families, one));
    assert.deepEqual(given, [{ ok: true, value: 7001 }, { ok: true, value: 7002 }, refused]);
  });

  test('are free again when their family has gone', () => {
    const [one, other] = [family(), family()];
    allocateGroup(range, [one, other], one);
    assert.deepEqual(allocateGroup(range, [other], other), { ok: true, value: 7001 });
  });

  test('are not given out where they are chosen outside, or there is no range', () => {
    const one = family();
    assert.deepEqual(allocateGroup({ ...range, chosenOutside: true }, [one], one), refused);
    assert.deepEqual(allocateGroup(undefined, [one], one), refused);
  });

  for (const [what, chosenOutside, gid, taken] of [
    ['below the range', true, 7000, []],
    ['above the range', true, 7003, []],
    ['that another family has', true, 7001, [7001]],
    ['where procd gives them out', false, 7001, []],
  ] as const) {
    test(`${what} cannot be chosen`, () => {
      const [one, other] = [family(), family()];
      other.tags.gids.push(...taken);
      const chosen = associateGroup({ ...range, chosenOutside }, [one, other], one, gid);
      assert.deepEqual([chosen, one.tags.gids], [refused, []]);
    });
  }

  test('of the range, both ends included, can be chosen', () => {
    for (const gid of [7001, 7002]) {
      const one = family();
      const chosen = associateGroup({ ...range, chosenOutside: true }, [one], one, gid);
      assert.deepEqual([chosen, one.tags.gids], [{ ok: true, value: gid }, [gid]]);
    }
  });
});
