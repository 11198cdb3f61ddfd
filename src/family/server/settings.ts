/** What a procd is told on its command line and in its environment. */
import type { GroupRange } from '../tree/group-ids';
import type { Dialect } from '../wire';

/** What all families are below. */
export type TopSetting =
  /** The process that started procd, which ends when that does. */
  | { readonly kind: 'parent' }
  /** `-P`: procd survives its end. */
  | { readonly kind: 'process'; readonly pid: number }
  /** `--on-demand`: nothing; any process of procd's user may be registered, root's procd takes all. */
  | { readonly kind: 'none' };

/** Where log lines go; undefined: nowhere. */
export type LogSetting =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Bytes. */ readonly limit: number | undefined;
    }
  | { readonly kind: 'syslog' }
  | undefined;

/** `-I`: how processes are signalled that a glexec has started. */
export interface GlexecPrograms {
  readonly killHelper: string;
  readonly glexec: string;
  /** Numbers that the helper gets, as they stand; from 7.8.8 on. */
  readonly retries: readonly string[];
}

/** When families get a control group of their own. */
export type OwnCgroups = 'auto' | 'always' | 'never';

export interface ProcdSettings {
  readonly address: string;
  /** Owner of the pipes: who may speak beside root. */
  readonly owner: number;
  readonly log: LogSetting;
  /** Seconds between snapshots, as the top family wants it; -1: no wish. */
  readonly interval: number;
  readonly top: TopSetting;
  readonly groups: GroupRange | undefined;
  readonly glexec: GlexecPrograms | undefined;
  readonly dialect: Dialect;
  /** USE_PSS: whether usage has the proportional set size. */
  readonly proportional: boolean;
  /** KILL_ORPHANED_FAMILIES: whether a family dies with its watcher. */
  readonly killOrphaned: boolean;
  readonly cgroups: OwnCgroups;
  /** The state file's path. */
  readonly state: string;
  /** Seconds without families and requests after which it ends; undefined: never. */
  readonly idle: number | undefined;
}
