/**
 * What a procd keeps, for its parts to work on: the tree of families, and the kernel's side of it, the
 * table of processes. The tree decides who belongs where; the table is told, and signals by that.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type {
  ProcessIdentity,
  ProcessTable,
  ProcessTableError,
} from '../../kernel/process-table-types';
import { errnoText } from '../../kernel/errno';
import { readUptime } from '../../kernel/proc/uptime';
import { TICKS_PER_SECOND } from '../tree/cpu';
import { type Family, subtree } from '../tree/family';
import type { FamilyTree } from '../tree/family-tree';
import type { ProcdLog } from './procd-log';
import type { ProcdSettings } from './settings';

export interface Keeper {
  readonly settings: ProcdSettings;
  readonly tree: FamilyTree;
  readonly log: ProcdLog;
  /** Another one after eyrie-families was lost. */
  table: ProcessTable;
  /** The watchers of families that are there. */
  readonly watchers: Map<Family, Watching>;
  /** Families whose watcher was gone when they were registered: given up at the next snapshot. */
  readonly watchedByNobody: Set<Family>;
  /** Directories of families' own control groups, for a procd that comes after this one. */
  readonly ownCgroups: Map<Family, string>;
  /** Signals that are on their way to families. */
  readonly sweeps: Set<Sweep>;
  /** Families have changed: a later procd must know, and the clock as well. */
  changed(): void;
}

/** A process that is watched for a family. */
export interface Watching {
  readonly watcher: ProcessIdentity;
  readonly stop: () => void;
}

/** A signal on its way to families, and its end. */
export interface Sweep {
  readonly families: readonly Family[];
  readonly done: Promise<void>;
}

/** Numbers of a family and those below it, each before its children. */
export function numbersOf(family: Family): readonly number[] {
  return subtree(family).map(({ number }) => number);
}

/** Clock ticks since the host's boot. */
export function ticksNow(): number {
  const uptime = readUptime();
  return uptime.ok ? Math.round(uptime.value.up * TICKS_PER_SECOND) : 0;
}

/** This process and its children: its helpers, which no family's signal may reach. */
export function ownProcesses(): readonly number[] {
  const { pid } = process;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  } catch {
    return [pid];
  }
}

/** Whether a process has children; true where that cannot be read. */
export function hasChildren(pid: number): boolean {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.some((tid) => readFileSync(`/proc/${pid}/task/${tid}/children`, 'latin1') !== '');
  } catch {
    return true;
  }
}

/** For the log: `write cgroup.procs: No such process`. */
export function tableTrouble({ call, errno, gone }: ProcessTableError): string {
  return gone ? 'eyrie-families is gone' : `${call}: ${errnoText(errno)}`;
}

/** For the log: `family 1234`. */
export function nameOf({ root }: Family): string {
  return root === undefined ? 'the family of all' : `family ${root.pid}`;
}
