import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planStreams } from './plan-streams';
import { SLOTS } from './slots';
import type { StreamSpec } from './spec';

const NULL: StreamSpec = { kind: 'null' };
const INHERIT: StreamSpec = { kind: 'inherit' };

function file(path: string, append = false): StreamSpec {
  return { kind: 'file', path, append };
}

describe('planStreams()', () => {
  test('opens files of the host as the job would, links followed', () => {
    const { open } = planStreams({
      stdin: file('/data/in'),
      stdout: file('/home/alice/out'),
      stderr: file('/home/alice/err', true),
    });
    const common = { op: 'open', follow: true, permissions: 0o644 };
    assert.deepEqual(open, [
      { ...common, slot: SLOTS.stdin, path: '/data/in', mode: 'read', stream: 'stdin' },
      {
        ...common,
        slot: SLOTS.stdout,
        path: '/home/alice/out',
        mode: 'truncate',
        stream: 'stdout',
      },
      { ...common, slot: SLOTS.stderr, path: '/home/alice/err', mode: 'append', stream: 'stderr' },
    ]);
  });

  test('takes the starter’s descriptors, each stream its own or the one that was named', () => {
    const { open } = planStreams({
      stdin: INHERIT,
      stdout: INHERIT,
      stderr: { kind: 'inherit', descriptor: 1 },
    });
    assert.deepEqual(open, [
      { op: 'inherit', slot: SLOTS.stdin, index: 0 },
      { op: 'inherit', slot: SLOTS.stdout, index: 1 },
      { op: 'inherit', slot: SLOTS.stderr, index: 1 },
    ]);
  });

  test('opens files of the sandbox by its descriptor, no link followed', () => {
    const { open } = planStreams({
      stdin: NULL,
      stdout: { kind: 'sandbox', name: '_condor_stdout', append: false },
      stderr: { kind: 'sandbox', name: '_condor_stderr', append: false },
    });
    assert.deepEqual(open[1], {
      op: 'open',
      slot: SLOTS.stdout,
      base: SLOTS.sandbox,
      path: '_condor_stdout',
      mode: 'truncate',
      follow: false,
      permissions: 0o644,
      stream: 'stdout',
    });
  });

  test("takes the starter's own streams by their descriptor numbers", () => {
    const { open } = planStreams({ stdin: INHERIT, stdout: INHERIT, stderr: INHERIT });
    assert.deepEqual(open, [
      { op: 'inherit', slot: SLOTS.stdin, index: 0 },
      { op: 'inherit', slot: SLOTS.stdout, index: 1 },
      { op: 'inherit', slot: SLOTS.stderr, index: 2 },
    ]);
  });

  const together: readonly [string, StreamSpec, StreamSpec, boolean][] = [
    ['the same file', file('/out'), file('/out'), true],
    [
      'the same name in the sandbox',
      { kind: 'sandbox', name: 'o', append: false },
      { kind: 'sandbox', name: 'o', append: false },
      true,
    ],
    ['two files', file('/out'), file('/err'), false],
    [
      'a file and a name in the sandbox',
      file('/o'),
      { kind: 'sandbox', name: 'o', append: false },
      false,
    ],
    ["the starter's two streams", INHERIT, INHERIT, false],
    ['nothing', NULL, NULL, false],
  ];
  for (const [title, stdout, stderr, shared] of together) {
    test(`opens ${shared ? 'one description' : 'two descriptions'} for outputs to ${title}`, () => {
      const { open, dup } = planStreams({ stdin: NULL, stdout, stderr });
      assert.equal(open.length, shared ? 2 : 3);
      assert.deepEqual(dup, [
        { op: 'dup', slot: SLOTS.stdin, fd: 0 },
        { op: 'dup', slot: SLOTS.stdout, fd: 1 },
        { op: 'dup', slot: shared ? SLOTS.stdout : SLOTS.stderr, fd: 2 },
      ]);
    });
  }
});
