import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, test } from 'node:test';
import { openHostView, startingLimit } from './host-view';

describe('startingLimit()', () => {
  const raised = { soft: 20_000, hard: 20_000 } as const;
  for (const [what, variable, expected] of [
    ['what the starter was started with', '1024', { soft: 1024, hard: 20_000 }],
    ["Node's where nothing was said", undefined, raised],
    ["Node's where what was said is no number", 'many', raised],
    ["Node's where what was said is above the hard limit", '20001', raised],
    ["Node's where no number could be so large", '18446744073709551615', raised],
  ] as const) {
    test(`of open files is ${what}`, () => {
      const environment = { EYRIE_SOFT_NOFILE: variable };
      assert.deepEqual(startingLimit('nofile', raised, environment), expected);
    });
  }

  test('of another resource is what it is', () => {
    const now = { soft: 0, hard: 'unlimited' } as const;
    assert.equal(startingLimit('core', now, { EYRIE_SOFT_NOFILE: '1024' }), now);
  });
});

describe('openHostView()', () => {
  const opened = openHostView();
  assert.ok(opened.ok);
  const host = opened.value;

  test("has the starter's own ids", () => {
    assert.deepEqual([host.uid, host.gid], [process.geteuid?.(), process.getegid?.()]);
  });

  test('knows the name of the host, with its domain or without', () => {
    assert.equal(host.hostname.split('.')[0], os.hostname().split('.')[0]);
  });

  test('shows each mount point once, as a path walk finds it', () => {
    const points = host.mounts.map((mount) => mount.mountPoint);
    assert.deepEqual(points, [...new Set(points)]);
    assert.equal(host.mounts.find((mount) => mount.mountPoint === '/proc')?.type, 'proc');
  });

  test('reads the mounts once: a plan is made from one state of the host', () => {
    assert.equal(host.mounts, host.mounts);
  });

  test('finds paths and accounts', () => {
    assert.equal(host.stat('/proc/self/ns')?.kind, 'directory');
    assert.equal(host.entry('/proc/self')?.kind, 'link');
    assert.equal(host.list('/nonexistent'), undefined);
    assert.equal(host.account('root')?.uid, 0);
    assert.equal(host.accountById(0)?.name, 'root');
  });

  test('gives every limit two values', () => {
    const { soft, hard } = host.limit('stack');
    assert.ok(soft === 'unlimited' || soft > 0);
    assert.ok(hard === 'unlimited' || hard > 0);
  });
});
