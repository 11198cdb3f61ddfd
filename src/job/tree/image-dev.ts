/**
 * /dev inside a chroot: the harmless devices, the links that programs expect, and a shared memory of
 * the job's own. The nodes are bound from the host: that works in a user namespace too, where none
 * can be made.
 */
import type { HostView } from '../host';
import type { Step } from '../plan';
import { joinPath } from '../paths';
import { BARE, BARE_OPTIONS, type Placement } from './placements';
import { mountShm } from './private-shm';
import { SLOTS } from '../slots';

const NODES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;

/** Name in /dev, and where the link leads. */
const LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

/** @param at the image's /dev, canonical, as the host sees it */
export function placeDev(at: string, host: Pick<HostView, 'stat'>): Placement {
  const nodes = NODES.filter((name) => host.stat(`/dev/${name}`) !== undefined);
  return {
    at,
    startsEmpty: true,
    steps: [
      { op: 'tmpfs', target: at, flags: BARE, options: BARE_OPTIONS },
      ...nodes.flatMap((name) => bindNode(`/dev/${name}`, joinPath(at, name))),
      ...LINKS.map(([name, target]): Step => ({
        op: 'symlink',
        target,
        path: joinPath(at, name),
      })),
      { op: 'mkdir', path: joinPath(at, 'shm'), mode: 0o755, parents: false },
      mountShm(joinPath(at, 'shm')),
    ],
    seal: [{ op: 'remount', target: at, flags: ['ro', ...BARE] }],
  };
}

function bindNode(source: string, target: string): readonly Step[] {
  return [
    { op: 'touch', path: target, mode: 0o666 },
    { op: 'pin', slot: SLOTS.source, path: source },
    { op: 'bind', source: SLOTS.source, target },
  ];
}
