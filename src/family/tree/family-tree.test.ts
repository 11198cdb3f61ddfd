import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  facts,
  register,
  snapshotOf,
  stranger,
  treeOf100,
} from '../../../test/procd/support/facts';
import { dumpOf } from './dump';
import { subtree } from './family';
import type { FamilyTree } from './family-tree';
import { usageOf } from './usage';

/** The pids of a family's members, the newest first, by its root's pid. */
function members(tree: FamilyTree, root: number): readonly number[] {
  const family = tree.find(root);
  assert.ok(family);
  return [...family.members.keys()].reverse();
}

describe('the tree of families', () => {
  test('begins with the top and all that descends from it', () => {
    const tree = treeOf100();
    const fresh = [
      // A child may come before its parent in a list.
      stranger(203, { ppid: 202 }),
      stranger(202, { ppid: 201 }),
      stranger(201, { ppid: 100 }),
      stranger(300),
    ];
    const assigned = tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
    assert.deepEqual(members(tree, 0).toSorted(), [100, 201, 202, 203]);
    assert.deepEqual(assigned.map(({ pid }) => pid).toSorted(), [201, 202, 203]);
  });

  test('takes no younger process for a parent: its pid was used again', () => {
    const tree = treeOf100();
    const fresh = [stranger(50, { ppid: 100, birthday: 99 })];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
    assert.deepEqual(members(tree, 0), [100]);
  });

  test('moves the process that is registered, and not the children that it has', () => {
    const tree = treeOf100();
    const fresh = [stranger(201, { ppid: 100 }), stranger(202, { ppid: 201 })];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
    register(tree, 201);
    assert.deepEqual([members(tree, 201), members(tree, 100)], [[201], [202, 100]]);
  });

  test('puts what a member forks into its family, also where the parent has gone', () => {
    const tree = treeOf100();
    const root = stranger(201, { ppid: 100 });
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh: [root] }), 1000);
    const { number } = register(tree, 201);
    const fresh = [
      stranger(301, { ppid: 201, birthday: 1001, family: number }),
      stranger(302, { ppid: 1, birthday: 1002, family: number }),
    ];
    tree.apply(
      snapshotOf([facts(100, { family: 1 }), { ...root, family: number }], { fresh }),
      1100,
    );
    assert.deepEqual(members(tree, 201), [302, 301, 201]);
  });

  for (const [what, pid, code] of [
    ['the same process twice', 201, 'already-registered'],
    ['the top', 100, 'already-registered'],
    ['a process outside', 300, 'process-not-in-tree'],
  ] as const) {
    test(`refuses to register ${what}: ${code}`, () => {
      const tree = treeOf100();
      const fresh = [stranger(201, { ppid: 100 }), stranger(300)];
      tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
      register(tree, 201);
      const process = facts(pid);
      const made = tree.register({ root: process, watcher: undefined, interval: -1 }, process);
      assert.deepEqual(made, { ok: false, error: code });
    });
  }

  test('takes any process where it is made so, and puts it below the family that it is in', () => {
    const tree = treeOf100(true);
    const { number } = register(tree, 300);
    const inner = facts(301, { family: number });
    const made = tree.register({ root: inner, watcher: undefined, interval: -1 }, inner);
    assert.equal(made.ok && made.value.parent?.number, number);
  });

  test('gives members, time and families below to the family above when one is given up', () => {
    const tree = treeOf100();
    const root = stranger(201, { ppid: 100, userTicks: 300 });
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh: [root] }), 1000);
    const job = register(tree, 201);
    const fresh = [stranger(202, { ppid: 201 })];
    tree.apply(snapshotOf([facts(100, { family: 1 }), root], { fresh }), 1050);
    const inner = register(tree, 202);
    tree.apply(
      snapshotOf([facts(100, { family: 1 }), facts(202, { ppid: 1, family: inner.number })], {
        ended: [facts(201, { ppid: 100, userTicks: 400, family: job.number })],
      }),
      1100,
    );
    assert.equal(usageOf(tree.top).userCpu, 4);
    assert.deepEqual(tree.unregister(job), { ok: true, value: tree.top });
    assert.equal(tree.find(201), undefined);
    assert.equal(usageOf(tree.top).userCpu, 4);
    assert.deepEqual([tree.find(202)?.parent, members(tree, 202)], [tree.top, [202]]);
  });

  test('never gives the top up', () => {
    const tree = treeOf100();
    assert.deepEqual(tree.unregister(tree.top), { ok: false, error: 'unregister-root' });
  });

  test('keeps members of before where a snapshot is not complete', () => {
    const tree = treeOf100();
    tree.apply(snapshotOf([], { complete: false }), 1100);
    assert.deepEqual(members(tree, 0), [100]);
    tree.apply(snapshotOf([]), 1200);
    assert.deepEqual(members(tree, 0), []);
  });

  test('drops a member whose pid another process has got', () => {
    const tree = treeOf100();
    tree.apply(snapshotOf([], { fresh: [stranger(100, { birthday: 1100 })] }), 1200);
    assert.deepEqual(members(tree, 0), []);
  });

  test('tells which members their parents do not lead to', () => {
    const tree = treeOf100();
    const fresh = [
      stranger(201, { ppid: 100 }),
      stranger(202, { ppid: 201 }),
      stranger(203, { ppid: 1, family: 1 }),
    ];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
    register(tree, 201);
    assert.deepEqual(
      tree.members.hardToFind.map((member) => member.facts.pid).toSorted(),
      [202, 203],
    );
  });
});

describe('a dump', () => {
  test('has a family before those below it, and the newest first of families and members', () => {
    const tree = treeOf100();
    const fresh = [stranger(201, { ppid: 100 }), stranger(202, { ppid: 100 })];
    tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh }), 1000);
    register(tree, 201, 100);
    register(tree, 202);
    const inner = stranger(203, { ppid: 201, userTicks: 199, systemTicks: 250 });
    const known = [...tree.members.all.values()].map((member) => member.facts);
    tree.apply(snapshotOf(known, { fresh: [inner] }), 1000);
    register(tree, 203);
    const short = dumpOf(tree.top).map(({ parentRoot, root, watcher, processes }) => [
      ...[parentRoot, root, watcher],
      processes.map(({ pid }) => pid),
    ]);
    assert.deepEqual(short, [
      [0, 100, 0, [100]],
      [100, 202, 0, [202]],
      [100, 201, 100, [201]],
      [201, 203, 0, [203]],
    ]);
    const [one] = dumpOf(tree.find(203)!)[0]!.processes;
    assert.deepEqual(one, { pid: 203, ppid: 201, birthday: 203, userCpu: 1.99, systemCpu: 2.5 });
  });
});

describe('whatever is registered and given up', () => {
  const STEP = fc.record({
    what: fc.constantFrom('register', 'unregister', 'snapshot'),
    pid: fc.integer({ min: 100, max: 112 }),
  });

  test('each member is in one family, each family below the top, and no time is lost', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
        const tree = treeOf100();
        const all = Array.from({ length: 12 }, (_, index) =>
          stranger(101 + index, { ppid: 100 + Math.trunc(index / 2), userTicks: 10 }),
        );
        tree.apply(snapshotOf([facts(100, { family: 1 })], { fresh: all }), 1000);
        for (const { what, pid } of steps) {
          const family = tree.find(pid);
          if (what === 'register' && family === undefined) register(tree, pid);
          if (what === 'unregister' && family !== undefined) tree.unregister(family);
          if (what === 'snapshot') {
            const known = [...tree.members.all.values()];
            const now = known.map((one) => ({ ...one.facts, family: one.family.number }));
            tree.apply(snapshotOf(now), 1100);
          }
          const seen = subtree(tree.top).flatMap((one) => [...one.members.keys()]);
          assert.deepEqual(seen.toSorted(), [100, ...all.map((one) => one.pid)]);
          assert.equal(usageOf(tree.top).userCpu, 1.2);
        }
      }),
    );
  });
});
