import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LaunchPlan, Step } from '../job/plan';
import { encodePlan } from './plan-codec';
import { PLAN_LIMIT, PLAN_MAGIC, PLAN_NONE, PLAN_VERSION } from './plan-table';

const HEADER_SIZE = 40;

const PLAN: LaunchPlan = {
  namespaces: ['mount', 'pid'],
  identity: { uid: 1000, gid: 100, groups: [] },
  setup: [],
  job: [{ op: 'exec', path: '/bin/true', argv: ['true'], envp: [] }],
};

function bytesOf(plan: LaunchPlan, descriptors = 0): Buffer {
  const encoded = encodePlan(plan, descriptors);
  if (!encoded.ok) assert.fail(encoded.error.reason);
  return encoded.value.bytes;
}

/** The record of one setup step, in 32-bit words. */
function words(step: Step): readonly number[] {
  const bytes = bytesOf({ ...PLAN, setup: [step] }).subarray(HEADER_SIZE);
  const length = bytes.readUInt32LE(4);
  return Array.from({ length: length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
}

/** A text's words: length, bytes with NUL and padding. */
function text(value: string): readonly number[] {
  const bytes = Buffer.alloc((Math.floor(value.length / 4) + 1) * 4);
  bytes.write(value);
  return [
    value.length,
    ...Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4)),
  ];
}

/** What comes after the fields: zeroes up to a multiple of 8. */
function record(number: number, ...fields: readonly number[]): readonly number[] {
  const used = 2 + fields.length;
  const padded = used + (used % 2);
  return [number, padded * 4, ...fields, ...Array<number>(padded - used).fill(0)];
}

describe('encodePlan()', () => {
  test('begins with the header of native/plan.h', () => {
    const bytes = bytesOf(
      {
        ...PLAN,
        identity: { uid: 7, gid: 8, groups: [30, 10, 20, 10] },
        setup: [{ op: 'setsid' }],
      },
      3,
    );
    const numbers = Array.from({ length: 14 }, (_, i) => bytes.readUInt32LE(i * 4));
    assert.deepEqual(numbers, [
      PLAN_MAGIC,
      PLAN_VERSION,
      bytes.length,
      0x20020000,
      7,
      8,
      3,
      3,
      1,
      1,
      // Groups ascend, each once; then padding to 8.
      10,
      20,
      30,
      0,
    ]);
  });

  test('without groups says so', () => {
    const bytes = bytesOf({ ...PLAN, identity: { uid: 7, gid: 8, groups: undefined } });
    assert.equal(bytes.readUInt32LE(24), PLAN_NONE);
  });

  const golden: readonly (readonly [Step, readonly number[]])[] = [
    [{ op: 'pin', slot: 1, path: '/usr' }, record(1, 1, PLAN_NONE, 0, ...text('/usr'))],
    [{ op: 'pin', slot: 2, path: 'a', base: 1, asJob: true }, record(1, 2, 1, 1, ...text('a'))],
    [{ op: 'inherit', slot: 3, index: 4 }, record(2, 3, 4)],
    [
      {
        op: 'open',
        slot: 5,
        path: '/o',
        mode: 'append',
        follow: true,
        permissions: 0o644,
        stream: 'stderr',
      },
      record(3, 5, PLAN_NONE, 2, 1, 0o644, 2, ...text('/o')),
    ],
    [{ op: 'dup', slot: 5, fd: 1 }, record(4, 5, 1)],
    [{ op: 'close-from', fd: 3 }, record(5, 3)],
    [{ op: 'propagation', path: '/', kind: 'private' }, record(6, 1, ...text('/'))],
    [
      { op: 'tmpfs', target: '/t', flags: ['nosuid', 'nodev'], options: 'mode=1777' },
      record(7, 6, ...text('/t'), ...text('mode=1777')),
    ],
    [
      { op: 'proc', target: '/proc', flags: [], options: '' },
      record(8, 0, ...text('/proc'), ...text('')),
    ],
    [{ op: 'bind', source: 1, target: '/mnt' }, record(9, 1, ...text('/mnt'))],
    [
      { op: 'remount', target: '/mnt', flags: ['ro', 'strictatime', 'nosymfollow'] },
      record(10, 0x1000101, ...text('/mnt')),
    ],
    [
      { op: 'mkdir', path: '/d', mode: 0o1777, parents: true },
      record(11, 0o1777, 1, PLAN_NONE, PLAN_NONE, ...text('/d')),
    ],
    [
      { op: 'mkdir', path: '/d', mode: 0o700, parents: false, owner: { uid: 1, gid: 2 } },
      record(11, 0o700, 0, 1, 2, ...text('/d')),
    ],
    [{ op: 'touch', path: '/f', mode: 0o600 }, record(12, 0o600, ...text('/f'))],
    [{ op: 'symlink', target: 'to', path: '/l' }, record(13, ...text('to'), ...text('/l'))],
    [{ op: 'setsid' }, record(14)],
    [{ op: 'chdir', path: '/a' }, record(17, ...text('/a'), ...text(''))],
    [{ op: 'chdir', path: '/a', fallback: '/b' }, record(17, ...text('/a'), ...text('/b'))],
    [
      { op: 'rlimit', resource: 'nofile', soft: 2 ** 40 + 1, hard: 'unlimited' },
      record(18, 7, 1, 256, 0xffffffff, 0xffffffff),
    ],
    [{ op: 'nice', increment: 19 }, record(19, 19)],
    [{ op: 'umask', mask: 0o22 }, record(20, 0o22)],
    [{ op: 'affinity', cpus: [0, 31, 33] }, record(21, 2, 0x80000001, 2)],
    [{ op: 'affinity', cpus: [127] }, record(21, 4, 0, 0, 0, 0x80000000)],
    [
      { op: 'exec', path: '/p', argv: ['p', ''], envp: ['A=1234'] },
      record(
        28,
        ...text('/p'),
        ...[2, 0], // the count, and zero
        ...[0, 0, 0, 0, 0, 0], // room for two pointers and NULL
        ...text('p'),
        ...text(''),
        ...[1, 0],
        ...[0, 0, 0, 0],
        ...text('A=1234'),
      ),
    ],
    [
      { op: 'exec', path: '/path', argv: ['x'], envp: [] },
      record(
        28,
        ...text('/path'),
        ...[1, 0, 0], // the count, zero, and zero to align to 8
        ...[0, 0, 0, 0],
        ...text('x'),
        ...[0, 0],
        ...[0, 0], // no pointer but NULL
      ),
    ],
  ];
  for (const [step, expected] of golden) {
    test(`writes ${JSON.stringify(step)}`, () => {
      assert.deepEqual(words(step), expected);
    });
  }

  test('texts are UTF-8, their length is that of the bytes', () => {
    const bytes = bytesOf({ ...PLAN, setup: [{ op: 'touch', path: '/ü', mode: 0 }] });
    assert.equal(bytes.readUInt32LE(HEADER_SIZE + 12), 3);
  });

  test('says which step an offset belongs to', () => {
    const plan = { ...PLAN, setup: [{ op: 'setsid' }, { op: 'setsid' }] } as const;
    const encoded = encodePlan(plan, 0);
    assert.ok(encoded.ok);
    const places = [0, 39, 40, 47, 48, 56, 80].map((offset) => encoded.value.stepAt(offset));
    assert.deepEqual(
      places.map((place) => place && `${place.phase} ${place.index}`),
      [undefined, undefined, 'setup 0', 'setup 0', 'setup 1', 'job 0', 'job 0'],
    );
  });

  const refused: readonly (readonly [Partial<LaunchPlan>, RegExp])[] = [
    [{ identity: { uid: -1, gid: 1, groups: [] } }, /^uid is -1: expected a whole number/],
    [{ identity: { uid: 1, gid: 2 ** 32, groups: [] } }, /^gid is 4294967296: expected/],
    [{ identity: { uid: 1, gid: 1, groups: [1.5] } }, /^group is 1.5: expected/],
    [{ setup: [{ op: 'touch', path: '/a\0b', mode: 0 }] }, /NUL character: "\/a\\u0000b"$/],
    [{ setup: [{ op: 'umask', mask: Number.NaN }] }, /is NaN: expected/],
    [
      { setup: [{ op: 'rlimit', resource: 'as', soft: -5, hard: 1 }] },
      /is -5: expected a whole number/,
    ],
    [
      { job: [{ op: 'exec', path: '/x', argv: ['x'.repeat(PLAN_LIMIT)], envp: [] }] },
      /must stay below 8388608/,
    ],
  ];
  for (const [parts, reason] of refused) {
    test(`refuses what bytes cannot carry: ${reason.source}`, () => {
      const encoded = encodePlan({ ...PLAN, ...parts }, 0);
      assert.ok(!encoded.ok);
      assert.match(encoded.error.reason, reason);
    });
  }

  test('records begin at multiples of 8 and fill the plan, whatever the strings', () => {
    const anyText = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(anyText), fc.array(anyText), anyText, (argv, envp, path) => {
        const touch = { op: 'touch', path, mode: 0o644 } as const;
        const exec = { op: 'exec', path, argv, envp } as const;
        const bytes = bytesOf({ ...PLAN, setup: [touch, touch], job: [exec] });
        let offset = HEADER_SIZE;
        for (let i = 0; i < 3; i++) {
          assert.equal(offset % 8, 0);
          offset += bytes.readUInt32LE(offset + 4);
        }
        assert.equal(offset, bytes.length);
        assert.equal(bytes.readUInt32LE(8), bytes.length);
      }),
    );
  });
});
