import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type JobRecord, parseRecord, printRecord } from './job-record';

const RECORD: JobRecord = {
  starter: { pid: 100, startTime: '12345', pidNamespace: 'pid:[4026531836]', bootId: 'b' },
  cluster: 12,
  proc: 0,
  slot: 'slot1_2',
  globalId: 'host#12.0#1700000000',
  user: 'alice',
  command: '/bin/sleep',
  sandbox: '/var/lib/eyrie/execute/dir_100',
  init: { pid: 101, startTime: '12346' },
  pid: 102,
  since: 1_700_000_000.5,
  procd: '/run/eyrie/procd',
  entry: {
    namespaces: ['mount', 'pid'],
    identity: { uid: 1000, gid: 1000, groups: [4, 1000] },
    steps: [
      { op: 'nice', increment: 7 },
      { op: 'affinity', cpus: [0, 3] },
      { op: 'rlimit', resource: 'core', soft: 0, hard: 'unlimited' },
      { op: 'umask', mask: 18 },
      { op: 'chroot', path: '/image' },
      { op: 'drop-bounding-set' },
      { op: 'no-new-privs' },
    ],
    marks: ['_CONDOR_ANCESTOR_100=100:1:2'],
  },
};

/** The record with a value elsewhere: `entry.steps.0.op`. */
function changed(path: string, value: unknown): string {
  const copy = JSON.parse(printRecord(RECORD)) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = copy;
  for (const name of names) at = at[name] as Record<string, unknown>;
  at[last] = value;
  return JSON.stringify(copy);
}

describe('the record of a running job', () => {
  test('comes back as it was', () => {
    assert.deepEqual(parseRecord(printRecord(RECORD)), RECORD);
  });

  test('may lack what not every job has', () => {
    const { globalId: _, procd: __, pid: ___, ...rest } = RECORD;
    const read = parseRecord(JSON.stringify(rest));
    assert.equal(read?.pid, undefined);
    assert.equal(read?.cluster, 12);
  });

  for (const [path, value] of [
    ['starter', null],
    ['starter.pid', '100'],
    ['init.pid', 1],
    ['init.pid', -5],
    ['init.startTime', 5],
    ['cluster', 1.5],
    ['proc', -1],
    ['user', 5],
    ['sandbox', undefined],
    ['pid', 'x'],
    ['entry', {}],
    ['entry.namespaces', ['mount', 'toString']],
    ['entry.identity', [1, 2]],
    ['entry.identity.uid', 'root'],
    ['entry.identity.groups', [0.5]],
    ['entry.marks', [5]],
    ['entry.steps', {}],
    ['entry.steps.0', { op: 'exec', path: '/bin/sh' }],
    ['entry.steps.0', { op: 'open', path: '/etc/shadow' }],
    ['entry.steps.0', { op: '__proto__' }],
    ['entry.steps.0', { op: 'affinity', cpus: [4e9] }],
    ['entry.steps.0', { op: 'rlimit', resource: 'constructor', soft: 0, hard: 0 }],
    ['entry.steps.0', { op: 'chroot', path: ['/'] }],
    ['entry.steps.0', { op: 'umask' }],
  ] as const) {
    test(`is none with ${path} = ${JSON.stringify(value)}`, () => {
      assert.equal(parseRecord(changed(path, value)), undefined);
    });
  }

  test('is none, and no error, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(parseRecord(text), undefined);
      }),
    );
  });
});
