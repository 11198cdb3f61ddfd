/**
 * What the planner must know of the host, as an interface that the edge fills from the real
 * machine and tests fill from a table. The planner asks only about directories that a job
 * cannot write.
 */
import type { DeviceNumber, NamedDevice } from './cgroup-plan';
import type { MountFlag, RlimitName, RlimitValue } from './plan';

/** What is at a path, links followed. */
export interface PathFact {
  readonly kind: 'directory' | 'file' | 'other';
  /** The path with every link resolved. */
  readonly realPath: string;
}

/** What is at a path, a link not followed: lstat(2). */
export interface EntryFact {
  readonly kind: 'directory' | 'file' | 'link' | 'other';
  /** The owner. */
  readonly uid: number;
  /** Permission bits, 0–07777. */
  readonly mode: number;
}

/** One entry of a directory, links not followed. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'link' | 'other';
  /** Where a link points. */
  readonly linkTarget?: string;
}

/** One line of /proc/self/mountinfo that a path leads to: no other mount covers it. */
export interface MountFact {
  readonly mountPoint: string;
  readonly type: string;
  readonly flags: readonly MountFlag[];
  /** Of a hierarchy of cgroups: what tells it from others, as mount(2) wants it; empty: version 2. */
  readonly hierarchy?: string;
}

/** An account as getpwnam(3) and getgrouplist(3) tell it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Home directory; empty where there is none. */
  readonly home: string;
}

/** The host, as seen by the starter. */
export interface HostView {
  /** The starter's own effective ids. */
  readonly uid: number;
  readonly gid: number;
  /** True where the starter can change ids and mount without a user namespace. */
  readonly privileged: boolean;
  /** True where a user namespace can be made by the starter. */
  readonly userNamespaces: boolean;
  /** True with CAP_SYS_RESOURCE: hard limits can be raised. */
  readonly canRaiseLimits: boolean;
  /** Names of host and domain: `worker7.example.org`. */
  readonly hostname: string;
  /**
   * The limits that the starter was started with, getrlimit(2). (Node raises its own soft `nofile`
   * to the hard one; the job shall have what it would have without Node.)
   */
  limit(resource: RlimitName): { readonly soft: RlimitValue; readonly hard: RlimitValue };
  readonly mounts: readonly MountFact[];
  /** The GPUs that a driver tells of. */
  readonly gpus: readonly NamedDevice[];
  /** The character device that is at a path; undefined: none. */
  device(path: string): DeviceNumber | undefined;
  /** Undefined: nothing there. */
  stat(path: string): PathFact | undefined;
  /** Undefined: nothing there. Only the last component of `path` is not followed. */
  entry(path: string): EntryFact | undefined;
  /** Undefined: not a directory. `path` may not be a link. */
  list(path: string): readonly DirectoryEntry[] | undefined;
  /** An error names the account that does not exist. */
  account(name: string): Account | undefined;
  accountById(uid: number): Account | undefined;
}
