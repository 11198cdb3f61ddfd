import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  facts,
  register,
  snapshotOf,
  stranger,
  treeOf100,
} from '../../../test/procd/support/facts';
import type { Family } from './family';
import type { FamilyTree } from './family-tree';
import { cpuOf, setGroupUsage, usageOf } from './usage';

/** 100 ─ 201 (a family) ─ 202 (a family below it), each with 1.99 s of user time. */
function threeFamilies() {
  const tree = treeOf100();
  const sizes = { userTicks: 199, systemTicks: 50, imageSize: 1000, resident: 100 };
  const top = facts(100, { family: 1, ...sizes });
  const root = stranger(201, { ppid: 100, ...sizes });
  tree.apply(snapshotOf([top], { fresh: [root] }), 1000);
  const job = register(tree, 201);
  const fresh = [stranger(202, { ppid: 201, ...sizes })];
  tree.apply(snapshotOf([top, { ...root, family: job.number }], { fresh }), 1000);
  const inner = register(tree, 202);
  return { tree, job, inner };
}

function see(tree: FamilyTree, now: number, change: (pid: number) => object): void {
  const known = [...tree.members.all.values()];
  tree.apply(
    snapshotOf(
      known.map(({ facts: one, family }) => ({
        ...one,
        family: family.number,
        ...change(one.pid),
      })),
    ),
    now,
  );
}

describe('the usage of a family', () => {
  test('is the sum of its members and of those below it, in fractions of a second', () => {
    const { tree, job, inner } = threeFamilies();
    const of = (family: Family) => {
      const { userCpu, systemCpu, imageSize, resident, processes } = usageOf(family);
      return [userCpu, systemCpu, imageSize, resident, processes];
    };
    assert.deepEqual(of(inner), [1.99, 0.5, 1000, 100, 1]);
    assert.deepEqual(of(job), [3.98, 1, 2000, 200, 2]);
    assert.deepEqual(of(tree.top), [5.97, 1.5, 3000, 300, 3]);
  });

  test('has the greatest image size that a snapshot saw', () => {
    const { tree, job } = threeFamilies();
    see(tree, 1100, (pid) => ({ imageSize: pid === 202 ? 9000 : 1000 }));
    see(tree, 1200, () => ({ imageSize: 500 }));
    assert.deepEqual([usageOf(job).maxImageSize, usageOf(job).imageSize], [10000, 1000]);
  });

  test('tells nothing of blocks where nobody counts them', () => {
    const { job } = threeFamilies();
    assert.equal(usageOf(job).blockReads, undefined);
  });
});

describe('percent CPU', () => {
  test('is measured from birth at first, and from the sample before afterwards', () => {
    const tree = treeOf100();
    const fresh = [stranger(201, { ppid: 100, birthday: 1000, userTicks: 50 })];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1200);
    const job = register(tree, 201);
    assert.equal(usageOf(job).percentCpu, 25);
    see(tree, 1400, (pid) => (pid === 201 ? { userTicks: 150, systemTicks: 100 } : {}));
    assert.equal(usageOf(job).percentCpu, 100);
  });

  test('is not measured again within a second', () => {
    const tree = treeOf100();
    const fresh = [stranger(201, { ppid: 100, birthday: 1000, userTicks: 50 })];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1200);
    const job = register(tree, 201);
    see(tree, 1299, () => ({ userTicks: 149 }));
    assert.equal(usageOf(job).percentCpu, 25);
    see(tree, 1300, () => ({ userTicks: 149 }));
    assert.equal(usageOf(job).percentCpu, 99);
  });
});

describe('a family with a control group', () => {
  const MICROS = 1_000_000;

  test('counts what the group counts, and what was used before it had one', () => {
    const { tree, job } = threeFamilies();
    setGroupUsage(job, { userMicros: 0, systemMicros: 0 });
    assert.equal(usageOf(job).userCpu, 1.99);
    setGroupUsage(job, { userMicros: 7 * MICROS, systemMicros: 0 });
    assert.equal(usageOf(job).userCpu, 8.99);
    assert.equal(usageOf(tree.top).userCpu, 10.98);
  });

  test('counts what is below its own group only once', () => {
    const { job, inner } = threeFamilies();
    setGroupUsage(job, { userMicros: 7 * MICROS, systemMicros: 0 });
    setGroupUsage(inner, { userMicros: 3 * MICROS, systemMicros: 0 });
    assert.equal(usageOf(job).userCpu, 1.99 + 7);
    inner.tags.cgroups.push('elsewhere');
    assert.equal(usageOf(job).userCpu, 1.99 + 7 + 3);
  });

  test('has its block I/O', () => {
    const { tree, job } = threeFamilies();
    setGroupUsage(job, { blockReads: 4, blockReadBytes: 16384 });
    const { blockReads, blockReadBytes, blockWrites } = usageOf(tree.top);
    assert.deepEqual([blockReads, blockReadBytes, blockWrites], [4, 16384, undefined]);
  });

  for (const [what, groups] of [
    ['neither has a group', []],
    ['it has one', ['inner']],
    ['the one above has one', ['job']],
    ['both have one', ['job', 'inner']],
    ['both have one, at other places', ['job', 'inner', 'elsewhere']],
  ] as const) {
    test(`loses no time to the family above when it is given up, where ${what}`, () => {
      const { tree, job, inner } = threeFamilies();
      const names: readonly string[] = groups;
      if (names.includes('elsewhere')) inner.tags.cgroups.push('elsewhere');
      for (const [name, family] of Object.entries({ job, inner })) {
        if (!names.includes(name)) continue;
        setGroupUsage(family, { userMicros: 0, systemMicros: 0 });
        setGroupUsage(family, { userMicros: 7 * MICROS, systemMicros: 2 * MICROS });
      }
      const before = [cpuOf(job), cpuOf(tree.top)];
      tree.unregister(inner);
      assert.deepEqual([cpuOf(job), cpuOf(tree.top)], before);
    });
  }
});
