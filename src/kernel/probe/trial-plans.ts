/**
 * Small plans that `eyrie doctor` launches exactly as a job is launched: each does one thing to
 * its namespaces and then runs true(1).
 */
import type { IdMap, LaunchPlan, Namespace, Step } from '../../job/plan';

/** Whose hands make the namespaces: root's own, or a user namespace. */
export type TrialMode = 'root' | 'rootless';

/** The starter's own ids, which a rootless job keeps. */
export interface OwnIds {
  readonly uid: number;
  readonly gid: number;
}

/** The kernel's overflow ids, nobody's on most systems: who a trial of root's becomes. */
const OVERFLOW_ID = 65_534;

/** What a trial is to show. */
export type Trial = 'mounts' | 'proc' | 'chroot';

/**
 * The plan of a trial.
 *
 * @param place a directory of the host to mount on, inside the plan's own namespace only
 */
export function trialPlan(trial: Trial, mode: TrialMode, own: OwnIds, place: string): LaunchPlan {
  const frame = mode === 'root' ? rootFrame() : rootlessFrame(own);
  return {
    ...frame,
    setup: [{ op: 'propagation', path: '/', kind: 'slave' }, ...SETUP[trial](place)],
    job: [
      ...(trial === 'chroot' ? ([{ op: 'chroot', path: '/' }] as const) : []),
      { op: 'ids' },
      { op: 'drop-capabilities' },
      { op: 'exec', path: '/bin/true', argv: ['true'], envp: [] },
    ],
  };
}

const SLOT = 0;

const SETUP: { readonly [trial in Trial]: (place: string) => readonly Step[] } = {
  mounts: (place) => [
    { op: 'pin', slot: SLOT, path: '/usr' },
    { op: 'tmpfs', target: place, flags: ['nosuid', 'nodev'], options: 'mode=0755,size=64k' },
    { op: 'mkdir', path: `${place}/usr`, mode: 0o755, parents: false },
    { op: 'bind', source: SLOT, target: `${place}/usr` },
  ],
  proc: () => [{ op: 'proc', target: '/proc', flags: ['nosuid', 'nodev', 'noexec'], options: '' }],
  chroot: () => [],
};

type Frame = Pick<LaunchPlan, 'namespaces' | 'idMaps' | 'identity'>;

const NAMESPACES: readonly Namespace[] = ['mount', 'pid'];

function rootFrame(): Frame {
  return {
    namespaces: NAMESPACES,
    identity: { uid: OVERFLOW_ID, gid: OVERFLOW_ID, groups: [] },
  };
}

function rootlessFrame({ uid, gid }: OwnIds): Frame {
  const itself = (id: number): readonly IdMap[] => [{ inside: id, outside: id, count: 1 }];
  return {
    namespaces: ['user', ...NAMESPACES],
    idMaps: { uid: itself(uid), gid: itself(gid) },
    identity: { uid, gid, groups: undefined },
  };
}
