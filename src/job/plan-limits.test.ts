import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type HostFacts, memoryHost } from '../../test/plan/memory-host';
import { planLimits } from './plan-limits';
import type { Step } from './plan';

const GIB = 2 ** 30;

function limitsOf(
  wish: { coreSize?: number | 'unlimited'; stackSize?: number; addressSpace?: number },
  limits: HostFacts['limits'],
  canRaiseLimits = true,
): { lines: string[]; notes: readonly string[] } {
  const { steps, notes } = planLimits(
    { coreSize: wish.coreSize ?? 0, stackSize: wish.stackSize },
    { addressSpace: wish.addressSpace },
    memoryHost({}, { canRaiseLimits, limits: limits ?? {} }),
  );
  return { lines: steps.map(line), notes };
}

function line(step: Step): string {
  assert.equal(step.op, 'rlimit');
  return `${step.resource} ${step.soft}/${step.hard}`;
}

describe('planLimits()', () => {
  test('turns core files off unless the job asks for them', () => {
    assert.ok(limitsOf({}, {}).lines.includes('core 0/0'));
    assert.ok(limitsOf({ coreSize: GIB }, {}).lines.includes(`core ${GIB}/${GIB}`));
  });

  test('lifts the soft limits of CPU time, file size, data and stack to the hard ones', () => {
    const { lines } = limitsOf(
      {},
      { stack: { soft: 8 * 2 ** 20, hard: GIB }, cpu: { soft: 60, hard: 90 } },
    );
    assert.deepEqual(lines, [
      'core 0/0',
      'cpu 90/90',
      `stack ${GIB}/${GIB}`,
      'nofile unlimited/unlimited',
    ]);
  });

  test("sets the soft limit of the stack to the job's StackSize", () => {
    assert.ok(limitsOf({ stackSize: 4096 }, {}).lines.includes('stack 4096/unlimited'));
  });

  test('limits the address space by STARTER_RLIMIT_AS', () => {
    assert.ok(limitsOf({ addressSpace: GIB }, {}).lines.includes(`as ${GIB}/${GIB}`));
  });

  test('gives the job the soft limit of descriptors that the starter was started with', () => {
    const { lines } = limitsOf({}, { nofile: { soft: 1024, hard: 4096 } });
    assert.ok(lines.includes('nofile 1024/4096'));
  });

  test('raises a hard limit where it may', () => {
    const { lines, notes } = limitsOf({ coreSize: 'unlimited' }, { core: { soft: 0, hard: 0 } });
    assert.ok(lines.includes('core unlimited/unlimited'));
    assert.deepEqual(notes, []);
  });

  test('gives the hard limit, and says so, where it may not raise it', () => {
    const core = { soft: 0, hard: GIB };
    const { lines, notes } = limitsOf({ coreSize: 'unlimited' }, { core }, false);
    assert.ok(lines.includes(`core ${GIB}/${GIB}`));
    assert.deepEqual(notes, [
      `CoreSize asks for unlimited, but the hard limit of core is ${GIB} here: the job gets that`,
    ]);
  });

  test("keeps the stack below the host's hard limit, as a job may not set that", () => {
    const { lines, notes } = limitsOf({ stackSize: 2 * GIB }, { stack: { soft: 0, hard: GIB } });
    assert.ok(lines.includes(`stack ${GIB}/${GIB}`));
    assert.equal(notes.length, 1);
  });
});
