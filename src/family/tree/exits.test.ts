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
import type { ProcessFacts } from '../../kernel/process-table-types';
import type { FamilyTree } from './family-tree';
import { cpuOf } from './usage';

/** User ticks of the whole tree. */
function total(tree: FamilyTree): number {
  return cpuOf(tree.top).user;
}

describe('the time of what has ended', () => {
  test('is kept', () => {
    const tree = treeOf100();
    const family = tree.top.number;
    const child = stranger(200, { ppid: 100, family, userTicks: 30 });
    tree.apply(snapshotOf([facts(100, { family })], { fresh: [child] }), 1100);
    tree.apply(
      snapshotOf([facts(100, { family })], { ended: [{ ...child, userTicks: 45 }] }),
      1200,
    );
    assert.equal(total(tree), 45);
  });

  test('is not counted again when the parent has waited for it', () => {
    const tree = treeOf100();
    const family = tree.top.number;
    const child = stranger(200, { ppid: 100, family, userTicks: 30 });
    tree.apply(snapshotOf([facts(100, { family })], { fresh: [child] }), 1100);
    const parent = facts(100, { family, childUserTicks: 30 });
    tree.apply(snapshotOf([parent], { ended: [child] }), 1200);
    assert.equal(total(tree), 30);
  });

  test('is known of children that no snapshot saw: by the account of their parent', () => {
    const tree = treeOf100();
    const family = tree.top.number;
    tree.apply(snapshotOf([facts(100, { family, childUserTicks: 60 })]), 1100);
    tree.apply(snapshotOf([facts(100, { family, childUserTicks: 100 })]), 1200);
    assert.equal(total(tree), 100);
  });

  test('of children before the first snapshot is not asked for', () => {
    const tree = treeOf100();
    tree.apply(
      snapshotOf([facts(100, { family: 1 })], {
        fresh: [stranger(90, { ppid: 100, birthday: 500, childUserTicks: 7000 })],
      }),
      1100,
    );
    assert.equal(total(tree), 0);
  });

  test("of a family's root since it was last seen is the family's, not the one's above", () => {
    const tree = treeOf100();
    const family = tree.top.number;
    const root = stranger(200, { ppid: 100, family });
    tree.apply(snapshotOf([facts(100, { family })], { fresh: [root] }), 1100);
    const job = register(tree, 200);
    const parent = facts(100, { family, childUserTicks: 500 });
    tree.apply(snapshotOf([parent], { ended: [{ ...root, family: job.number }] }), 1200);
    assert.deepEqual([cpuOf(job).user, total(tree)], [500, 500]);
  });

  test('is what the kernel says where it tells of every process', () => {
    const tree = treeOf100();
    const family = tree.top.number;
    const ended = facts(200, { ppid: 100, family, userTicks: 30 });
    const parent = facts(100, { family, childUserTicks: 31 });
    tree.apply(snapshotOf([parent], { ended: [ended] }), 1200, true);
    assert.equal(total(tree), 30);
  });
});

/** What happens to a made-up machine. */
type Step =
  | { readonly do: 'fork' | 'exit'; readonly who: number }
  | { readonly do: 'work'; readonly who: number; readonly ticks: number }
  | { readonly do: 'snapshot' };

const STEPS = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('fork', 'exit'), who: fc.nat(20) }),
    fc.record({ do: fc.constant('work'), who: fc.nat(20), ticks: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ do: fc.constant('snapshot') }),
  ),
  { maxLength: 80 },
);

/**
 * A machine whose processes all descend from process 100, which never ends. Parents wait for their
 * children at once; orphans fall to process 100, as to a subreaper.
 */
class Machine {
  readonly tree = treeOf100();
  used = 0;
  #next = 200;
  #now = 1000;
  #living = new Map<number, ProcessFacts>([[100, facts(100, { family: 1 })]]);
  #told = new Map<number, ProcessFacts>([[100, facts(100)]]);

  run(step: Step): void {
    this.#now += 1;
    if (step.do === 'snapshot') return this.snapshot();
    const pids = [...this.#living.keys()];
    const pid = pids[step.who % pids.length]!;
    const process = this.#living.get(pid)!;
    if (step.do === 'work') {
      this.used += step.ticks;
      this.#living.set(pid, { ...process, userTicks: process.userTicks + step.ticks });
    } else if (step.do === 'fork') {
      const child = facts(this.#next++, { ppid: pid, birthday: this.#now, family: 1 });
      this.#living.set(child.pid, child);
    } else if (pid !== 100) {
      this.#end(process);
    }
  }

  snapshot(): void {
    const members = [...this.#living.values()];
    const fresh = members.filter(({ pid }) => !this.#told.has(pid));
    const ended = [...this.#told.values()].filter(({ pid }) => !this.#living.has(pid));
    const known = members.filter(({ pid }) => this.#told.has(pid));
    this.tree.apply(
      snapshotOf(known, { fresh: fresh.map((one) => ({ ...one, uid: 0 })), ended }),
      this.#now,
    );
    this.#told = new Map(this.#living);
  }

  endAll(): void {
    for (const pid of [...this.#living.keys()].reverse()) {
      if (pid !== 100) this.#end(this.#living.get(pid)!);
    }
  }

  #end(process: ProcessFacts): void {
    this.#living.delete(process.pid);
    for (const child of this.#living.values()) {
      if (child.ppid === process.pid) this.#living.set(child.pid, { ...child, ppid: 100 });
    }
    const parent = this.#living.get(process.ppid)!;
    const childUserTicks = parent.childUserTicks + process.userTicks + process.childUserTicks;
    this.#living.set(parent.pid, { ...parent, childUserTicks });
  }
}

describe('on a machine whose processes come, work and go', () => {
  test('totals never fall and never exceed what was used, whatever was seen of it', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const machine = new Machine();
        let before = 0;
        for (const step of steps) {
          machine.run(step);
          const now = total(machine.tree);
          assert.ok(now >= before && now <= machine.used, `${before} → ${now} of ${machine.used}`);
          before = now;
        }
      }),
    );
  });

  test('nothing is lost, once all that ended was waited for', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const machine = new Machine();
        for (const step of steps) machine.run(step);
        machine.endAll();
        machine.snapshot();
        assert.equal(total(machine.tree), machine.used);
      }),
    );
  });
});
