/** Valid plans of every shape, for property tests and as seeds of the fuzzer. */
import fc from 'fast-check';
import type { LaunchPlan, MountFlag, Slot, Step } from '../../src/job/plan';
import { MOUNT_FLAGS, RESOURCES } from '../../src/kernel/plan-table';

const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((value) => value.replaceAll('\0', ''));
const path = text.map((value) => `/${value}`);
const mode = fc.integer({ min: 0, max: 0o7777 });
const id = fc.integer({ min: 1, max: 0xfffffffe });
const flags = fc.subarray(Object.keys(MOUNT_FLAGS) as MountFlag[]);
const limit = fc.oneof(fc.constant('unlimited' as const), fc.maxSafeNat());

/** Setup steps; each uses only slots that an earlier one filled. */
const setup: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.record({ kind: fc.nat(11), path, text, mode, flags, id, coin: fc.boolean() }), {
    maxLength: 20,
  })
  .map((rolls) => {
    let slot = 0;
    return rolls.flatMap((roll) => {
      const filled: Slot | undefined = slot > 0 ? roll.mode % slot : undefined;
      const step = setupStep(roll, slot, filled);
      slot += step !== undefined && 'slot' in step ? 1 : 0;
      return step ?? [];
    });
  });

interface Roll {
  readonly kind: number;
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly flags: readonly MountFlag[];
  readonly id: number;
  readonly coin: boolean;
}

function setupStep(roll: Roll, slot: Slot, filled: Slot | undefined): Step | undefined {
  const { path: target, mode: bits, flags: mountFlags, coin } = roll;
  // Below a base a path is relative, and not empty.
  const below = filled === undefined ? { path: target } : { base: filled, path: `x${target}` };
  const makers: readonly (() => Step | undefined)[] = [
    () => ({ op: 'pin', slot, path: target }),
    () => ({ op: 'pin', slot, ...below, ...(coin ? { asJob: true } : {}) }),
    () => ({ op: 'inherit', slot, index: bits % 4 }),
    () => ({
      op: 'open',
      slot,
      ...below,
      mode: coin ? 'read' : 'append',
      follow: coin,
      permissions: bits,
      stream: coin ? 'stdin' : 'stderr',
    }),
    () => ({ op: 'propagation', path: target, kind: coin ? 'slave' : 'private' }),
    () => ({ op: coin ? 'tmpfs' : 'proc', target, flags: mountFlags, options: roll.text }),
    () => (filled === undefined ? undefined : { op: 'bind', source: filled, target }),
    () => ({ op: 'remount', target, flags: mountFlags }),
    () => ({ op: 'mkdir', path: target, mode: bits, parents: coin }),
    () => ({
      op: 'mkdir',
      path: target,
      mode: bits,
      parents: coin,
      owner: { uid: roll.id, gid: 5 },
    }),
    () => ({ op: 'touch', path: target, mode: bits }),
    () => ({ op: 'symlink', target: roll.text, path: target }),
  ];
  return makers[roll.kind]?.();
}

const beforeIds: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    { op: 'setsid' },
    { op: 'session-keyring' },
    { op: 'drop-bounding-set' },
    { op: 'default-signals' },
    { op: 'cgroup-namespace' },
  ),
  fc.tuple(path, flags, text).map(([target, mountFlags, options]): Step => ({
    op: 'cgroup-files',
    target,
    flags: mountFlags,
    options,
  })),
  path.map((root): Step => ({ op: 'chroot', path: root })),
  fc.tuple(path, fc.option(path)).map(([to, fallback]): Step => ({
    op: 'chdir',
    path: to,
    ...(fallback === null ? {} : { fallback }),
  })),
  fc
    .tuple(fc.constantFrom(...(Object.keys(RESOURCES) as (keyof typeof RESOURCES)[])), limit)
    .map(([resource, hard]): Step => ({ op: 'rlimit', resource, soft: 0, hard })),
  fc.nat(19).map((increment): Step => ({ op: 'nice', increment })),
  fc.nat(0o777).map((mask): Step => ({ op: 'umask', mask })),
  fc.array(fc.nat(300), { minLength: 1 }).map((cpus): Step => ({ op: 'affinity', cpus })),
);

/** A plan that the interpreter accepts; it hands on four descriptors. */
export const anyPlan: fc.Arbitrary<LaunchPlan> = fc
  .record({
    namespaces: fc.subarray(['pid', 'user', 'ipc', 'uts', 'net', 'cgroup'] as const),
    uid: id,
    gid: id,
    groups: fc.option(fc.array(fc.nat(0xfffffffe), { maxLength: 8 }), { nil: undefined }),
    setup,
    before: fc.array(beforeIds, { maxLength: 8 }),
    path,
    argv: fc.array(text, { minLength: 1, maxLength: 6 }),
    envp: fc.array(text, { maxLength: 6 }),
  })
  .map((parts) => ({
    namespaces: ['mount', ...parts.namespaces],
    identity: { uid: parts.uid, gid: parts.gid, groups: parts.groups },
    setup: parts.setup,
    job: [
      ...parts.before,
      { op: 'ids' },
      { op: 'drop-capabilities' },
      { op: 'no-new-privs' },
      { op: 'parent-death-signal' },
      { op: 'close-from', fd: 3 },
      { op: 'exec', path: parts.path, argv: parts.argv, envp: parts.envp },
    ],
  }));

/** How many descriptors the plans of {@link anyPlan} expect. */
export const DESCRIPTORS = 4;
