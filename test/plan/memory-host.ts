/**
 * A host made of a table, for tests of the planner: paths and what is there.
 */
import type { DeviceNumber } from '../../src/job/cgroup-plan';
import type { Account, DirectoryEntry, EntryFact, HostView, MountFact } from '../../src/job/host';
import { joinPath, parentOf } from '../../src/job/paths';
import type { RlimitName, RlimitValue } from '../../src/job/plan';

/** What a table says of one path; a string is a link and where it points. */
export type Node = { kind: 'directory' | 'file' | 'other'; uid?: number; mode?: number } | string;

/** Shorthands for table entries. */
export const directory = (mode = 0o755, uid = 0): Node => ({ kind: 'directory', uid, mode });
export const file = (mode = 0o644, uid = 0): Node => ({ kind: 'file', uid, mode });
export const device: Node = { kind: 'other', uid: 0, mode: 0o666 };

/** A table less one path. */
export function without(nodes: Readonly<Record<string, Node>>, path: string): Record<string, Node> {
  return Object.fromEntries(Object.entries(nodes).filter(([name]) => name !== path));
}

/** Facts of a host beside its files. */
export interface HostFacts {
  readonly uid?: number;
  readonly privileged?: boolean;
  readonly userNamespaces?: boolean;
  readonly canRaiseLimits?: boolean;
  readonly mounts?: readonly MountFact[];
  readonly gpus?: HostView['gpus'];
  readonly devices?: Readonly<Record<string, DeviceNumber>>;
  readonly limits?: Partial<Record<RlimitName, { soft: RlimitValue; hard: RlimitValue }>>;
}

const UNLIMITED = { soft: 'unlimited', hard: 'unlimited' } as const;

/**
 * Builds a host. Parent directories of what the table names are there by themselves, owned by root
 * with mode 0755.
 */
export function memoryHost(nodes: Readonly<Record<string, Node>>, facts: HostFacts = {}): HostView {
  const table = withParents(nodes);
  const uid = facts.uid ?? 0;
  return {
    uid,
    gid: uid,
    privileged: facts.privileged ?? uid === 0,
    userNamespaces: facts.userNamespaces ?? true,
    canRaiseLimits: facts.canRaiseLimits ?? uid === 0,
    hostname: 'worker7.example.org',
    mounts: facts.mounts ?? [{ mountPoint: '/', type: 'ext4', flags: ['relatime'] }],
    gpus: facts.gpus ?? [],
    device: (path) => facts.devices?.[path],
    limit: (resource) => facts.limits?.[resource] ?? UNLIMITED,
    stat: (path) => statIn(table, path),
    entry: (path) => entryIn(table, path),
    list: (path) => listIn(table, path),
    account: () => undefined,
    accountById: () => undefined,
  };
}

/** The job's account in most tests. */
export const ALICE: Account = {
  name: 'alice',
  uid: 1000,
  gid: 1000,
  groups: [1000, 44, 27],
  home: '/home/alice',
};

type Table = ReadonlyMap<string, Node>;

function withParents(nodes: Readonly<Record<string, Node>>): Table {
  const table = new Map<string, Node>([['/', directory()]]);
  for (const path of Object.keys(nodes)) {
    for (let above = parentOf(path); above !== '/'; above = parentOf(above)) {
      table.set(above, nodes[above] ?? directory());
    }
  }
  for (const [path, node] of Object.entries(nodes)) {
    table.set(path, node);
  }
  return table;
}

/** Follows all links, as realpath(3). */
function resolve(table: Table, path: string): string {
  let reached = '/';
  for (const name of path.split('/').filter(Boolean)) {
    const next = joinPath(reached, name);
    const node = table.get(next);
    reached = typeof node === 'string' ? resolve(table, linkPath(next, node)) : next;
  }
  return reached;
}

function linkPath(path: string, target: string): string {
  return target.startsWith('/') ? target : joinPath(parentOf(path), target);
}

function statIn(table: Table, path: string): ReturnType<HostView['stat']> {
  const realPath = resolve(table, path);
  const node = table.get(realPath);
  return node === undefined || typeof node === 'string' ? undefined : { kind: node.kind, realPath };
}

function entryIn(table: Table, path: string): EntryFact | undefined {
  const place =
    path === '/' ? path : joinPath(resolve(table, parentOf(path)), path.split('/').at(-1) ?? '');
  const node = table.get(place);
  if (node === undefined) {
    return undefined;
  }
  return typeof node === 'string'
    ? { kind: 'link', uid: 0, mode: 0o777 }
    : { kind: node.kind, uid: node.uid ?? 0, mode: node.mode ?? 0o755 };
}

function listIn(table: Table, path: string): readonly DirectoryEntry[] | undefined {
  const node = table.get(path);
  if (node === undefined || typeof node === 'string' || node.kind !== 'directory') {
    return undefined;
  }
  return [...table]
    .filter(([other]) => other !== '/' && parentOf(other) === path)
    .map(([other, entry]) => {
      const name = other.slice(other.lastIndexOf('/') + 1);
      return typeof entry === 'string'
        ? { name, kind: 'link', linkTarget: entry }
        : { name, kind: entry.kind };
    });
}
