/**
 * What is tried in a probe child: see probe-child.ts. Each probe is a list of calls, made in order
 * until one is refused.
 *
 * These functions change the process that runs them for good. Node's own process never does this:
 * after unshare(CLONE_NEWNS) its synchronous file calls see the new mounts and its asynchronous
 * ones, which run on other threads, the old.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { chroot, clone, mount, probe, unshare } from '../border';
import { KERNEL_CALLS } from './kernel-calls';

/** A call that was made: 0 or more (a version), or -errno. */
export interface Attempt {
  readonly call: string;
  readonly result: number;
}

/** clone(2)'s flags for namespaces, linux/sched.h. */
const CLONE_NEWNS = 0x0002_0000;
const CLONE_NEWUSER = 0x1000_0000;
const CLONE_NEWPID = 0x2000_0000;

/** mount(2)'s flags, linux/mount.h. */
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_PRIVATE = 0x4_0000;

export const PROBES = {
  'user-namespace': () => [made('clone(CLONE_NEWUSER)', clone(CLONE_NEWUSER))],
  'mount-namespace': () => [made('clone(CLONE_NEWNS)', clone(CLONE_NEWNS))],
  'pid-namespace': () => [made('clone(CLONE_NEWPID)', clone(CLONE_NEWPID))],
  'rootless-mount-namespace': () => [
    made('clone(CLONE_NEWUSER|CLONE_NEWNS)', clone(CLONE_NEWUSER | CLONE_NEWNS)),
  ],
  'rootless-pid-namespace': () => [
    made('clone(CLONE_NEWUSER|CLONE_NEWPID)', clone(CLONE_NEWUSER | CLONE_NEWPID)),
  ],
  mounts: tryMounts,
  chroot: tryChroot,
  'kernel-calls': () => KERNEL_CALLS.map((call, number) => made(call, probe(number))),
} as const satisfies Record<string, () => readonly Attempt[]>;

/** What can be tried. */
export type ProbeName = keyof typeof PROBES;

/** A private mount namespace with a tmpfs, and one directory of it bound on another. */
function tryMounts(): readonly Attempt[] {
  const place = ['/tmp', '/var/tmp', '/proc'].find((each) => existsSync(each)) ?? '/';
  return inOrder([
    ['unshare(CLONE_NEWNS)', () => unshare(CLONE_NEWNS)],
    // Before any mount: without it the mounts below would appear on the host.
    ['mount(MS_REC|MS_PRIVATE) on /', () => mount('none', '/', '', MS_REC | MS_PRIVATE, '')],
    [`mount(tmpfs) on ${place}`, () => mount('tmpfs', place, 'tmpfs', 0, 'size=64k')],
    [`mount(MS_BIND) in ${place}`, () => bindAndLook(place)],
  ]);
}

const EIO = 5;

/** Binds `a` on `b` and looks whether a file of `a` is in `b`. */
function bindAndLook(place: string): number {
  mkdirSync(`${place}/a`);
  mkdirSync(`${place}/b`);
  writeFileSync(`${place}/a/file`, '');
  const bound = mount(`${place}/a`, `${place}/b`, '', MS_BIND, '');
  if (bound < 0) {
    return bound;
  }
  return readdirSync(`${place}/b`).includes('file') ? bound : -EIO;
}

/** Into the root itself: what is asked is whether the call is allowed. */
function tryChroot(): readonly Attempt[] {
  return [made('chroot(/)', chroot('/'))];
}

function made(call: string, result: number): Attempt {
  return { call, result };
}

function inOrder(calls: readonly (readonly [string, () => number])[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const [call, run] of calls) {
    const result = run();
    attempts.push({ call, result });
    if (result < 0) {
      break;
    }
  }
  return attempts;
}
