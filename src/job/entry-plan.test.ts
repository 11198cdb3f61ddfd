import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePlan } from '../kernel/plan-codec';
import { entryOf, planEntry } from './entry-plan';
import type { LaunchPlan } from './plan';

const PLAN: LaunchPlan = {
  namespaces: ['mount', 'pid'],
  identity: { uid: 1000, gid: 1000, groups: [1000] },
  setup: [{ op: 'pin', slot: 0, path: '/sandbox' }],
  job: [
    { op: 'setsid' },
    { op: 'session-keyring' },
    { op: 'default-signals' },
    { op: 'cgroup-namespace' },
    { op: 'nice', increment: 3 },
    { op: 'affinity', cpus: [1] },
    { op: 'rlimit', resource: 'core', soft: 0, hard: 0 },
    { op: 'umask', mask: 18 },
    { op: 'chroot', path: '/image' },
    { op: 'dup', slot: 1, fd: 0 },
    { op: 'close-from', fd: 3 },
    { op: 'chdir', path: '/iwd' },
    { op: 'drop-bounding-set' },
    { op: 'ids' },
    { op: 'drop-capabilities' },
    { op: 'no-new-privs' },
    { op: 'parent-death-signal' },
    {
      op: 'exec',
      path: '/bin/job',
      argv: ['/bin/job'],
      envp: [
        'SECRET=x',
        '_CONDOR_ANCESTOR_5=5:1:2',
        'A=_CONDOR_ANCESTOR_6=',
        '_CONDOR_ANCESTOR_X=1',
      ],
    },
  ],
};

const COMMAND = { argv: ['sh', '-l'], environment: ['PATH=/bin'], directory: '/sandbox' } as const;

describe('the way into a job', () => {
  const entry = entryOf(PLAN);
  const inside = planEntry(entry, COMMAND);
  const ops = inside.job.map(({ op }) => op);

  test('keeps what the plan says of the process, and nothing of the job’s own', () => {
    assert.deepEqual(
      entry.steps.map(({ op }) => op),
      [
        'cgroup-namespace',
        'nice',
        'affinity',
        'rlimit',
        'umask',
        'chroot',
        'drop-bounding-set',
        'no-new-privs',
      ],
    );
    assert.doesNotMatch(JSON.stringify(entry), /SECRET|bin\/job|iwd/);
  });

  test('gives everything up before the first path of the job’s, in the plan’s order', () => {
    assert.deepEqual(ops, [
      'session-keyring',
      'default-signals',
      'cgroup-namespace',
      'nice',
      'affinity',
      'rlimit',
      'umask',
      'chroot',
      'close-from',
      'chdir',
      'drop-bounding-set',
      'ids',
      'drop-capabilities',
      'no-new-privs',
      'parent-death-signal',
      'exec',
    ]);
  });

  test('drops capabilities and ids whatever a record leaves out', () => {
    const bare = planEntry({ ...entry, steps: [] }, COMMAND).job.map(({ op }) => op);
    for (const op of ['close-from', 'ids', 'drop-capabilities'] as const) {
      assert.ok(bare.includes(op), op);
    }
  });

  test('runs the command with our environment and the family’s marks', () => {
    assert.deepEqual(inside.job.at(-1), {
      op: 'exec',
      path: '/',
      argv: ['sh', '-l'],
      envp: ['PATH=/bin', '_CONDOR_ANCESTOR_5=5:1:2'],
    });
  });

  test('can be told to the interpreter', () => {
    assert.equal(encodePlan(inside, 0).ok, true);
  });
});
