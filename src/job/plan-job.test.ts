import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type InputChanges,
  jobLines,
  mustPlan,
  mustRefuse,
  PLAIN_HOST,
  planInput,
  setupLines,
} from '../../test/plan/inputs';
import { ALICE, directory, file, memoryHost, type Node } from '../../test/plan/memory-host';
import { depth, isBelow, normalizeAbsolute } from './paths';
import type { LaunchPlan, Step } from './plan';
import { planJob } from './plan-job';

describe("the job's process", () => {
  test('does its steps in the order that each one’s needs dictate', () => {
    const ops = mustPlan(
      planInput({ policy: { niceIncrement: 5, cpus: [0, 1], noNewPrivs: true } }),
    ).plan.job.map(({ op }) => op);
    assert.deepEqual(
      ops.filter((op) => op !== 'rlimit'),
      [
        'setsid',
        'session-keyring',
        'default-signals',
        'nice',
        'affinity',
        'umask',
        'dup',
        'dup',
        'dup',
        'close-from',
        'chdir',
        'drop-bounding-set',
        'ids',
        'drop-capabilities',
        'no-new-privs',
        'parent-death-signal',
        'exec',
      ],
    );
  });

  test('keeps the bounding set where set-uid programs are allowed, as in a pool', () => {
    const ops = mustPlan(planInput()).plan.job.map(({ op }) => op);
    assert.ok(!ops.includes('drop-bounding-set') && !ops.includes('no-new-privs'));
    assert.ok(ops.includes('drop-capabilities'));
  });

  test('goes to an Iwd by its real path where a private directory covers the link to it', () => {
    const host = memoryHost({ ...PLAIN_HOST, '/tmp/real': directory(), '/tmp/link': '/tmp/real' });
    const input = planInput({
      host,
      spec: { iwd: '/tmp/link' },
      policy: { mountUnderScratch: ['/tmp'] },
    });
    const chdir = mustPlan(input).plan.job.find(({ op }) => op === 'chdir');
    assert.deepEqual(chdir, { op: 'chdir', path: '/tmp/link', fallback: '/tmp/real' });
  });

  test('executes the command with its own path as argv[0] and with no other environment', () => {
    const input = planInput({ spec: { command: '/home/alice/job.sh', arguments: ['a b', ''] } });
    assert.deepEqual(mustPlan(input).plan.job.at(-1), {
      op: 'exec',
      path: '/home/alice/job.sh',
      argv: ['/home/alice/job.sh', 'a b', ''],
      envp: ['_CONDOR_SCRATCH_DIR=/var/lib/condor/execute/dir_42'],
    });
  });

  test("has the account's ids, its groups ascending and each once", () => {
    const input = { ...planInput(), identity: { account: { ...ALICE, groups: [44, 27, 44] } } };
    assert.deepEqual(mustPlan(input).plan.identity, { uid: 1000, gid: 1000, groups: [27, 44] });
  });
});

describe('a rootless job', () => {
  const host = memoryHost(PLAIN_HOST, { uid: 1000 });
  const input = planInput({ mode: 'rootless', host });

  test('has user, mount and PID namespaces whatever the knobs say', () => {
    assert.deepEqual(mustPlan(input).plan.namespaces, ['user', 'mount', 'pid']);
    assert.equal(setupLines(input).at(-1), 'mount a proc on /proc [nosuid,nodev,noexec]');
  });

  test('is mapped to its own id and leaves the groups alone', () => {
    const { identity, idMaps } = mustPlan(input).plan;
    const map = [{ inside: 1000, outside: 1000, count: 1 }];
    assert.deepEqual(identity, { uid: 1000, gid: 1000, groups: undefined });
    assert.deepEqual(idMaps, { uid: map, gid: map });
  });

  test('cannot get a capability back', () => {
    const lines = jobLines(input);
    const bounding = lines.indexOf('empty the capability bounding set');
    assert.ok(bounding >= 0 && bounding < lines.indexOf('drop all capabilities'));
  });

  test('is told in one line what it cannot have', () => {
    assert.equal(mustPlan(input).notes.length, 1);
    assert.match(mustPlan(input).notes[0] ?? '', /^rootless: the job runs as alice itself/);
  });

  test('is refused where no user namespace can be made', () => {
    const bare = memoryHost(PLAIN_HOST, { uid: 1000, userNamespaces: false });
    assert.match(
      mustRefuse(planInput({ mode: 'rootless', host: bare })).reason,
      /^this kernel lets ordinary users make no user namespace/,
    );
  });
});

describe('a job of an unprivileged starter in a pool', () => {
  const alice = memoryHost(PLAIN_HOST, { uid: 1000 });
  const input = planInput({ mode: 'unprivileged', host: alice });

  test('runs with the starter’s ids, without namespaces and mounts', () => {
    const { plan, notes } = mustPlan(input);
    assert.deepEqual(plan.namespaces, []);
    assert.deepEqual(plan.identity, { uid: 1000, gid: 1000, groups: undefined });
    assert.deepEqual(new Set(plan.setup.map(({ op }) => op)), new Set(['pin', 'open', 'inherit']));
    assert.ok(!plan.job.some(({ op }) => op === 'chroot' || op === 'drop-bounding-set'));
    assert.deepEqual(notes, []);
  });

  test('is told in one line which knobs are not carried out', () => {
    const policy = { pidNamespace: true, mountUnderScratch: ['/tmp'], noNewPrivs: true };
    const { notes } = mustPlan(planInput({ mode: 'unprivileged', host: alice, policy }));
    assert.deepEqual(notes, [
      'the starter is not root, and USE_USER_NAMESPACES is false: USE_PID_NAMESPACES, ' +
        'MOUNT_UNDER_SCRATCH are not carried out',
    ]);
  });

  test('is held where it asks for a chroot', () => {
    const error = mustRefuse(
      planInput({ mode: 'unprivileged', host: alice, spec: { requestedChroot: 'el9' } }),
    );
    assert.match(error.reason, /^RequestedChroot = "el9": this starter is not root/);
  });
});

describe('planJob() refuses', () => {
  for (const ids of [{ uid: 0 }, { gid: 0 }]) {
    test(`an account with ${JSON.stringify(ids)}`, () => {
      const identity = { account: { ...ALICE, name: 'toor', ...ids } };
      const error = mustRefuse({ ...planInput(), identity });
      assert.equal(error.cause, 'cannotUseAccount');
      assert.match(error.reason, /toor has the rights of root/);
    });
  }

  test('an EXECUTE that does not exist', () => {
    assert.deepEqual(mustRefuse(planInput({ execute: '/none' })), {
      cause: 'site',
      knob: 'EXECUTE',
      reason: 'EXECUTE: there is no directory /none; create it',
    });
  });

  test('an EXECUTE that can hold no sandbox', () => {
    const { reason } = mustRefuse({
      ...planInput(),
      sandbox: { executeDirectory: '/', directory: '/dir_1' },
    });
    assert.equal(reason, 'EXECUTE: / cannot hold sandboxes; name another');
  });
});

// -- properties -----------------------------------------------------------------------------------

const DIRECTORIES = [
  '/tmp',
  '/tmp/deep/er',
  '/var',
  '/var/tmp',
  '/var/lib/condor/execute',
  '/home',
  '/home/alice/work',
  '/etc/condor',
  '/dev/shm',
  '/srv/link',
  '/none',
] as const;
const FILES = ['/etc/shadow', '/home/alice/secret'] as const;
const HOST_NODES: Record<string, Node> = {
  ...PLAIN_HOST,
  '/tmp/deep/er': directory(),
  '/etc/condor': directory(),
  '/etc/shadow': file(),
  '/home/alice/secret': file(),
  '/srv/link': '/tmp/deep',
};

const someOf = (paths: readonly string[]) => fc.subarray([...paths]);
const image = someOf([
  '/img/tmp',
  '/img/var/tmp',
  '/img/var/lib/condor/execute',
  '/img/home',
  '/img/dev',
  '/img/proc',
  '/img/usr/lib',
]).map((paths): Record<string, Node> =>
  Object.fromEntries(['/img/etc', ...paths].map((path) => [path, directory()])),
);

const changes: fc.Arbitrary<InputChanges> = fc
  .record({
    image,
    requestedChroot: fc.constantFrom(undefined, 'img'),
    mode: fc.constantFrom('root' as const, 'rootless' as const),
    execute: fc.constantFrom(
      '/var/lib/condor/execute',
      '/tmp/deep/er',
      '/home/alice/work',
      '/srv/link/er',
    ),
    iwd: fc.constantFrom(...DIRECTORIES, '/tmp/deep', '/'),
    pidNamespace: fc.boolean(),
    privateDevShm: fc.boolean(),
    mountUnderScratch: someOf(DIRECTORIES),
    readOnly: someOf(['/', ...DIRECTORIES.slice(0, -1), ...FILES]),
    hidden: someOf(['/etc/condor', '/home', '/dev/shm', '/tmp/deep', '/none', ...FILES]),
  })
  .map(({ image: nodes, requestedChroot, mode, execute, iwd, ...policy }) => ({
    spec: { iwd, requestedChroot },
    policy: { ...policy, namedChroots: new Map([['img', '/img']]) },
    host: memoryHost({ ...HOST_NODES, ...nodes }, { uid: mode === 'root' ? 0 : 1000 }),
    mode,
    execute,
  }));

/** Checks all plans that random knobs give; those that are refused say why. */
function forAllPlans(check: (plan: LaunchPlan) => void): void {
  let plans = 0;
  fc.assert(
    fc.property(changes, (some) => {
      const planned = planJob(planInput(some));
      if (planned.ok) {
        plans += 1;
        check(planned.value.plan);
      } else {
        assert.match(planned.error.reason, /^(HIDE_PATHS|NAMED_CHROOT): /);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(plans > 100, `only ${plans} of 500 inputs had a plan`);
}

type Mount = Step & { op: 'bind' | 'tmpfs' | 'proc' };

function mountsOf({ setup }: Pick<LaunchPlan, 'setup'>): readonly Mount[] {
  return setup.filter((step): step is Mount => ['bind', 'tmpfs', 'proc'].includes(step.op));
}

/** The steps that make the job's tree: what comes before covers other sandboxes, for the streams. */
function afterStreams({ setup }: LaunchPlan): Pick<LaunchPlan, 'setup'> {
  const isStream = ({ op }: Step): boolean => op === 'open' || op === 'inherit';
  return { setup: setup.slice(setup.findLastIndex(isStream) + 1) };
}

describe('every plan', () => {
  test('uses a slot only after it was filled', () => {
    forAllPlans(({ setup, job }) => {
      const filled = new Set<number>();
      for (const step of [...setup, ...job]) {
        const used = [
          'base' in step ? step.base : undefined,
          step.op === 'bind' ? step.source : undefined,
          step.op === 'dup' ? step.slot : undefined,
        ];
        for (const slot of used) {
          assert.ok(
            slot === undefined || filled.has(slot),
            `slot ${slot} in ${JSON.stringify(step)}`,
          );
        }
        if (step.op === 'pin' || step.op === 'open' || step.op === 'inherit') {
          filled.add(step.slot);
        }
      }
    });
  });

  test('has canonical paths only', () => {
    forAllPlans(({ setup }) => {
      for (const step of setup) {
        const place = 'path' in step ? step.path : 'target' in step ? step.target : '/';
        const path = 'base' in step ? `/${place}` : place;
        assert.equal(normalizeAbsolute(path), path);
      }
    });
  });

  test('opens the streams where no sandbox but the job’s own is in sight', () => {
    forAllPlans(({ setup }) => {
      const before = setup.slice(
        0,
        setup.findIndex(({ op }) => op === 'open' || op === 'inherit'),
      );
      const [pin, , cover] = before;
      assert.deepEqual(
        before.map(({ op }) => op),
        ['pin', 'propagation', 'tmpfs', 'mkdir', 'bind'],
      );
      assert.equal(
        pin?.op === 'pin' && pin.path,
        cover?.op === 'tmpfs' && `${cover.target}/dir_42`,
      );
    });
  });

  test('covers nothing that it has mounted: children come after their parents', () => {
    forAllPlans((plan) => {
      const targets = mountsOf(afterStreams(plan)).map(({ target }) => target);
      targets.forEach((target, index) => {
        const later = targets.slice(index + 1).find((other) => isBelow(target, other));
        assert.equal(later, undefined, `${target} is covered by ${later}`);
      });
    });
  });

  test('binds the sandbox last on its own place, in an EXECUTE that is sealed', () => {
    forAllPlans((plan) => {
      const root = plan.job.find((step) => step.op === 'chroot')?.path ?? '';
      const [sandbox] = plan.setup;
      assert.ok(sandbox?.op === 'pin');
      const place = mountsOf(afterStreams(plan)).filter(
        (step) => step.op === 'bind' && step.source === sandbox.slot,
      );
      assert.equal(place.length, 1);
      const target = place[0]?.target ?? '';
      assert.ok(target.startsWith(root) && target.endsWith('/dir_42'));
      const execute = target.slice(0, -'/dir_42'.length);
      assert.ok(plan.setup.some((step) => step.op === 'tmpfs' && step.target === execute));
      const seal = plan.setup.findLast((step) => step.op === 'remount' && step.target === execute);
      assert.deepEqual(seal?.op === 'remount' && seal.flags, ['ro', 'nosuid', 'nodev', 'noexec']);
    });
  });

  test('mounts /proc last, and gives a PID namespace no other', () => {
    forAllPlans((plan) => {
      const mounts = mountsOf(plan);
      const proc = mounts.findIndex(({ op }) => op === 'proc');
      assert.ok(proc >= 0 || !plan.namespaces.includes('pid'));
      assert.ok(
        proc < 0 || mounts.slice(proc + 1).every(({ target }) => target.startsWith('/proc/')),
      );
    });
  });

  test('remounts only what is a mount, once it stands', () => {
    forAllPlans(({ setup }) => {
      const mounted = new Set(['/']);
      for (const step of setup) {
        if (step.op === 'bind' || step.op === 'tmpfs' || step.op === 'proc') {
          mounted.add(step.target);
        }
        assert.ok(step.op !== 'remount' || mounted.has(step.target), JSON.stringify(step));
      }
    });
  });

  test('makes nothing but in the sandbox and in directories that start empty', () => {
    forAllPlans(({ setup }) => {
      const [sandbox] = setup;
      assert.ok(sandbox?.op === 'pin');
      const places = [{ at: sandbox.path, isOurs: true }];
      setup.forEach((step, index) => {
        if (step.op === 'mkdir' || step.op === 'touch' || step.op === 'symlink') {
          const holders = places.filter(({ at }) => isBelow(step.path, at));
          const nearest = holders.sort((a, b) => depth(a.at) - depth(b.at)).at(-1);
          assert.ok(nearest?.isOurs, JSON.stringify(step));
        } else if (step.op === 'tmpfs' || step.op === 'bind') {
          const before = setup[index - 1];
          const isFromSandbox = before?.op === 'pin' && before.base === sandbox.slot;
          const isSandbox = step.op === 'bind' && step.source === sandbox.slot;
          const isOurs = step.op === 'tmpfs' || isFromSandbox || isSandbox;
          places.push({ at: step.target, isOurs });
        }
      });
    });
  });

  test('ends with exec, and executes once', () => {
    forAllPlans(({ setup, job }) => {
      assert.equal(job.at(-1)?.op, 'exec');
      assert.equal([...setup, ...job].filter(({ op }) => op === 'exec').length, 1);
    });
  });
});
