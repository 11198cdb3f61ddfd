/**
 * The native parser of plans, under AddressSanitizer and UndefinedBehaviorSanitizer: what the
 * encoder writes is accepted, what is broken is refused, and nothing makes it read a byte too far.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { LaunchPlan, Step } from '../../src/job/plan';
import { type EncodedPlan, encodePlan } from '../../src/kernel/plan-codec';
import { temporaryDirectory } from '../support/temporary';
import { anyPlan, DESCRIPTORS } from './any-plan';
import { sanitized } from './sanitized';

const fuzz = sanitized('plan-fuzz');

const PLAN: LaunchPlan = {
  namespaces: ['mount', 'pid'],
  identity: { uid: 1000, gid: 100, groups: [4, 24] },
  setup: [
    { op: 'pin', slot: 0, path: '/usr' },
    { op: 'mkdir', path: '/mnt/a', mode: 0o755, parents: true },
    { op: 'bind', source: 0, target: '/mnt/a' },
  ],
  job: [
    { op: 'setsid' },
    { op: 'ids' },
    { op: 'drop-capabilities' },
    { op: 'exec', path: '/bin/true', argv: ['true'], envp: ['A=1'] },
  ],
};

function encoded(plan: LaunchPlan): EncodedPlan {
  const result = encodePlan(plan, DESCRIPTORS);
  if (!result.ok) assert.fail(result.error.reason);
  return result.value;
}

/** The parser's verdict on each: `ok`, or the offset that it refuses. */
function verdicts(t: TestContext, plans: readonly Buffer[]): readonly string[] {
  const directory = temporaryDirectory(t);
  const files = plans.map((bytes, i) => {
    const file = path.join(directory, String(i));
    writeFileSync(file, bytes);
    return file;
  });
  const output = execFileSync(fuzz, ['check', ...files], { encoding: 'utf8' });
  return output.trim().split('\n');
}

describe('the parser of plans', () => {
  test('accepts whatever the encoder writes of a valid plan', (t) => {
    const plans = fc.sample(anyPlan, { numRuns: 500, seed: 1 });
    const refused = verdicts(
      t,
      plans.map((plan) => encoded(plan).bytes),
    ).flatMap((verdict, i) =>
      verdict === 'ok' ? [] : [`${verdict}: ${JSON.stringify(plans[i])}`],
    );
    assert.deepEqual(refused, []);
  });

  test('refuses a plan cut off anywhere, whatever length its header says', (t) => {
    const { bytes } = encoded(PLAN);
    const cut = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
    const corrected = cut
      .filter(({ length }) => length >= 12)
      .map((piece) => {
        const copy = Buffer.from(piece);
        copy.writeUInt32LE(copy.length, 8);
        return copy;
      });
    for (const verdict of verdicts(t, [...cut, ...corrected])) assert.match(verdict, /^refused/);
  });

  test('refuses anything after the last step', (t) => {
    const { bytes } = encoded(PLAN);
    const longer = Buffer.concat([bytes, Buffer.alloc(8)]);
    longer.writeUInt32LE(longer.length, 8);
    assert.deepEqual(verdicts(t, [longer]), [`refused ${bytes.length}`]);
  });

  test('does not crash on 60,000 mutated plans, and accepts only what it can obey', (t) => {
    const directory = temporaryDirectory(t);
    const seeds = [PLAN, ...fc.sample(anyPlan, { numRuns: 29, seed: 2 })].map((plan, i) => {
      const file = path.join(directory, String(i));
      writeFileSync(file, encoded(plan).bytes);
      return file;
    });
    const output = execFileSync(fuzz, ['mutate', '2000', '42', ...seeds], { encoding: 'utf8' });
    const counts = [...output.matchAll(/^refused (\d+) accepted (\d+)$/gm)];
    assert.equal(counts.length, seeds.length);
    const sum = (place: number) => counts.reduce((total, row) => total + Number(row[place]), 0);
    // A byte of a path or an argument may change without harm; most of the others may not.
    assert.ok(sum(1) > 30_000, output);
    assert.ok(sum(2) > 1000, output);
  });

  describe('refuses', () => {
    const setup = (...steps: readonly Step[]): LaunchPlan => ({ ...PLAN, setup: steps });
    const job = (...steps: readonly Step[]): LaunchPlan => ({ ...PLAN, job: steps });
    const [setsid, ids, dropCapabilities, exec] = PLAN.job as readonly [Step, Step, Step, Step];
    const pin = { op: 'pin', slot: 0, path: '/usr' } as const;
    const rows: readonly (readonly [string, LaunchPlan, string])[] = [
      ['a slot that nothing filled', setup({ op: 'bind', source: 1, target: '/mnt' }), 'setup 0'],
      ['a slot above 63', setup({ ...pin, slot: 64 }), 'setup 0'],
      ['a base that is filled later', setup({ ...pin, path: 'a', base: 1 }), 'setup 0'],
      ['a step that is its own base', setup({ ...pin, path: 'a', base: 0 }), 'setup 0'],
      ['a relative path', setup({ ...pin, path: 'usr' }), 'setup 0'],
      ['an empty path', setup({ ...pin, path: '' }), 'setup 0'],
      ['an absolute path below a base', setup(pin, { ...pin, slot: 1, base: 0 }), 'setup 1'],
      [
        'a descriptor that was not handed on',
        setup({ op: 'inherit', slot: 0, index: DESCRIPTORS }),
        'setup 0',
      ],
      [
        'a mode with more than permission bits',
        setup({ op: 'touch', path: '/a', mode: 0o10000 }),
        'setup 0',
      ],
      ['a step of the job in setup', setup({ op: 'umask', mask: 0 }), 'setup 0'],
      ['a step of setup in the job', job(setsid, pin, ids, exec), 'job 1'],
      [
        'a mask with more than permission bits',
        job({ op: 'umask', mask: 0o1000 }, ids, exec),
        'job 0',
      ],
      ['a nice value above 19', job({ op: 'nice', increment: 20 }, ids, exec), 'job 0'],
      ['dup on anything but 0, 1 and 2', job({ op: 'dup', slot: 0, fd: 3 }, ids, exec), 'job 0'],
      ['close-from below 3', job({ op: 'close-from', fd: 2 }, ids, exec), 'job 0'],
      [
        'a soft limit above the hard one',
        job({ op: 'rlimit', resource: 'core', soft: 'unlimited', hard: 5 }, ids, exec),
        'job 0',
      ],
      ['two changes of ids', job(ids, setsid, ids, exec), 'job 2'],
      ['steps after exec', job(ids, exec, setsid), 'job 1'],
      ['two execs', job(ids, exec, exec), 'job 1'],
      ['no exec', job(setsid, ids), 'job 1'],
      ['an exec without argv', job(ids, { ...exec, argv: [] } as Step), 'job 1'],
      ['a job without ids', job(setsid, exec), 'job 1'],
      [
        'a job that keeps capabilities in a user namespace',
        { ...job(ids, exec), namespaces: ['mount', 'user'] },
        'job 1',
      ],
      ['uid 0', { ...PLAN, identity: { ...PLAN.identity, uid: 0 } }, 'header'],
      ['gid 0', { ...PLAN, identity: { ...PLAN.identity, gid: 0 } }, 'header'],
      ['uid 4294967295', { ...PLAN, identity: { ...PLAN.identity, uid: 0xffffffff } }, 'header'],
      ['no mount namespace', { ...PLAN, namespaces: ['pid'] }, 'header'],
      [
        'a mount without a namespace of its own',
        {
          ...job(ids, exec),
          namespaces: [],
          setup: [{ op: 'propagation', path: '/', kind: 'slave' }],
        },
        'setup 0',
      ],
      [
        'a chroot without namespaces',
        { ...job({ op: 'chroot', path: '/x' }, ids, exec), namespaces: [], setup: [] },
        'job 0',
      ],
      ['no step for the job', job(), 'header'],
      ['dropping capabilities before the ids only', job(dropCapabilities, exec), 'job 1'],
    ];
    for (const [what, plan, where] of rows) {
      test(what, (t) => {
        const written = encoded(plan);
        const [verdict] = verdicts(t, [written.bytes]);
        const place = written.stepAt(Number(/^refused (\d+)$/.exec(verdict!)?.[1]));
        const found = place === undefined ? 'header' : `${place.phase} ${place.index}`;
        assert.equal(verdict === 'ok' ? 'ok' : found, where);
      });
    }

    /** Numbers written over a good plan's. */
    const { bytes: good } = encoded(PLAN);
    const overwritten: readonly (readonly [string, number, number])[] = [
      ['another magic', 0, 0x49525946],
      ['another version', 4, 2],
      ['another length', 8, good.length + 8],
      ['unknown namespaces', 12, 0x20020001],
      ['more groups than there is room for', 24, 0x40000001],
      ['groups that do not ascend', 40, 24],
      ['more than 64 descriptors', 28, 65],
      ['more steps than there are', 32, 4],
      ['fewer steps than there are', 36, 3],
      ['an unknown operation', 48, 29],
      ['operation 0', 48, 0],
      ['a record longer than the plan', 52, 0x7ffffff8],
      ['a record shorter than its fields', 52, 16],
      ['a record of length 0', 52, 0],
      ['a record whose length is no multiple of 8', 52, 36],
      ['a text longer than its record', 68, 0xffffffff],
      ['a text with a byte after its NUL', 72, 0x2f727375],
    ];
    for (const [what, offset, number] of overwritten) {
      test(what, (t) => {
        const bytes = Buffer.from(good);
        assert.notEqual(bytes.readUInt32LE(offset), number);
        bytes.writeUInt32LE(number, offset);
        assert.match(verdicts(t, [bytes])[0]!, /^refused/);
      });
    }
  });
});
