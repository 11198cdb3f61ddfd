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
import { parseState, stateOf } from './state';

describe('the state of a procd', () => {
  test('comes out of its file as it went in', () => {
    const tree = treeOf100();
    tree.apply(
      snapshotOf([facts(100, { family: 1 })], { fresh: [stranger(201, { ppid: 100 })] }),
      1000,
    );
    const job = register(tree, 201, 100);
    job.tags.environments.push(['_CONDOR_ANCESTOR_1=2:3:4']);
    job.tags.gids.push(7001);
    job.tags.uids.push(20001);
    job.proxy = '/tmp/proxy';
    job.peakImage = 5;
    job.exited = { user: 3, system: 4.5 };
    const orphan = stranger(301, { ppid: 1, family: job.number });
    tree.apply(
      snapshotOf([facts(100, { family: 1 }), facts(201, { family: job.number })], {
        fresh: [orphan],
      }),
      1100,
    );
    const state = stateOf(tree, 'boot', () => ({
      watcher: [100, 100],
      cgroup: '/sys/fs/cgroup/x',
    }));
    assert.deepEqual(parseState(JSON.stringify(state)), { ok: true, value: state });
    const [family] = state.families;
    assert.deepEqual(family!.members, [[301, 301]]);
    assert.deepEqual([family!.root, family!.parent, family!.proxy], [[201, 201], -1, '/tmp/proxy']);
  });

  test('names the family above by its place, which comes before', () => {
    const tree = treeOf100(true);
    const outer = register(tree, 201);
    const inner = facts(202, { family: outer.number });
    tree.register({ root: inner, watcher: undefined, interval: 7 }, inner);
    const { families } = stateOf(tree, 'boot', () => ({ watcher: null, cgroup: null }));
    assert.deepEqual(
      families.map(({ interval, parent, root }) => [root[0], parent, interval]),
      [
        [201, -1, -1],
        [202, 0, 7],
      ],
    );
  });

  for (const [what, text] of [
    ['no JSON', '{'],
    ['null', 'null'],
    ['another version', '{"version":2,"boot":"","families":[]}'],
    ['families that are none', '{"version":1,"boot":"","families":[{}]}'],
  ] as const) {
    test(`is refused where it is ${what}`, () => assert.ok(!parseState(text).ok));
  }

  test('is refused where a family is above itself, or a pid is no number', () => {
    const tree = treeOf100(true);
    register(tree, 201);
    const state = stateOf(tree, 'boot', () => ({ watcher: null, cgroup: null }));
    const [family] = state.families;
    for (const wrong of [
      { parent: 0 },
      { root: ['1', 1] },
      { root: [0, 1] },
      { watcher: 5 },
      { tags: null },
    ]) {
      const spoilt = { ...state, families: [{ ...family, ...wrong }] };
      assert.ok(!parseState(JSON.stringify(spoilt)).ok, JSON.stringify(wrong));
    }
  });

  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseState(text)));
  });
});
