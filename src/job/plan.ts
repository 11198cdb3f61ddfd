/**
 * The LaunchPlan: everything that happens between clone3(2) and the job's first instruction,
 * as plain data.
 *
 * A plan is made by `job/` from a JobSpec, the configuration and the host's facts; it is printed
 * by `eyrie plan`, compared in tests, and encoded by `kernel/plan-codec.ts` for the native
 * interpreter (`native/plan.h` lists the same operations with the same numbers). It holds no
 * policy: the interpreter obeys it step by step, or refuses it whole.
 *
 * ```
 *   starter ──clone3──► eyrie-init             setup steps, in order:
 *                         │ waits for "go"       pin, open, mounts
 *                         ├──fork──► job         job steps, in order:
 *                         │                        setsid … chroot, chdir, ids … exec
 *                         └ stays: reaps, relays signals, kills what is left
 * ```
 *
 * *Slots* name descriptors inside one launch: `pin`, `inherit` and `open` fill a slot, later steps
 * use it. A slot may be filled again: what it held is closed, what was bound from it stays.
 * Paths are absolute, or relative to what `base` holds where a step has one. They are walked
 * component by component and a link on the way is refused, but where a step acts with the job's ids
 * (`open` with `follow`, `chdir`, `exec`): there the job's own rights are the limit.
 */

/** A small number (0–63) that names a descriptor held by the interpreter during one launch. */
export type Slot = number;

/** Kernel namespaces that a plan can create. A plan always creates `mount`. */
export type Namespace = 'mount' | 'pid' | 'user' | 'ipc' | 'uts' | 'net' | 'cgroup';

/** Mount flags, by mount(2)'s names in lower case without `MS_`. */
export type MountFlag =
  | 'ro'
  | 'nosuid'
  | 'nodev'
  | 'noexec'
  | 'noatime'
  | 'nodiratime'
  | 'relatime'
  | 'strictatime'
  | 'nosymfollow';

/** How mounts travel between namespaces, mount(2) `MS_SLAVE`/`MS_PRIVATE`. */
export type Propagation = 'slave' | 'private';

/** Resources of setrlimit(2), by name in lower case without `RLIMIT_`. */
export type RlimitName =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'memlock'
  | 'msgqueue'
  | 'nice'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'rtprio'
  | 'rttime'
  | 'sigpending'
  | 'stack';

/** A limit in the resource's own unit (bytes, seconds, a count), or no limit. */
export type RlimitValue = number | 'unlimited';

/** The ids of the job. `groups` undefined: leave the supplementary groups alone (user namespace). */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[] | undefined;
}

/** What `open` may be asked for; translated to open(2) flags by the interpreter's table. */
export type OpenMode = 'read' | 'truncate' | 'append';

/** One step. The interpreter's table in native/plan.h has one row for each `op`. */
export type Step =
  // -- descriptors ------------------------------------------------------------------------
  /**
   * Opens a directory or file with O_PATH for later binds. With `base`, `path` is relative to what
   * that slot holds, and finds it even where other mounts cover it by now. With `asJob`, the walk is
   * done with the job's ids: what the job cannot reach is not pinned for it.
   */
  | {
      readonly op: 'pin';
      readonly slot: Slot;
      readonly path: string;
      readonly base?: Slot;
      readonly asJob?: true;
    }
  /** Takes a descriptor that the starter handed to the launch (index into the launch's list). */
  | { readonly op: 'inherit'; readonly slot: Slot; readonly index: number }
  /**
   * Opens a standard stream with the job's ids and groups, links followed as the job would
   * follow them when `follow`, O_NONBLOCK|O_NOCTTY; only a regular file, terminal, /dev/null or
   * FIFO with somebody at its other end is kept, then O_NONBLOCK is cleared. Else the launch fails.
   * With `base`, `path` is relative to what that slot holds.
   */
  | {
      readonly op: 'open';
      readonly slot: Slot;
      readonly path: string;
      readonly base?: Slot;
      readonly mode: OpenMode;
      readonly follow: boolean;
      /** Permission bits of a file that is created. */
      readonly permissions: number;
      readonly stream: 'stdin' | 'stdout' | 'stderr';
    }
  /** dup2 of a slot to a descriptor number 0–2, without close-on-exec. */
  | { readonly op: 'dup'; readonly slot: Slot; readonly fd: number }
  /** Closes every descriptor from `fd` up, but for the error pipe, which is close-on-exec. */
  | { readonly op: 'close-from'; readonly fd: number }
  // -- the tree of mounts -------------------------------------------------------------------
  | { readonly op: 'propagation'; readonly path: string; readonly kind: Propagation }
  | {
      readonly op: 'tmpfs';
      readonly target: string;
      readonly flags: readonly MountFlag[];
      /** tmpfs options of tmpfs(5), e.g. `mode=0755,size=64k`. */
      readonly options: string;
    }
  | {
      readonly op: 'proc';
      readonly target: string;
      readonly flags: readonly MountFlag[];
      /** proc(5) mount options, e.g. `hidepid=invisible`; may be empty. */
      readonly options: string;
    }
  /** Binds what a slot holds (with everything mounted below it) on a path. */
  | { readonly op: 'bind'; readonly source: Slot; readonly target: string }
  /** Changes the flags of the mount at a path (bind remount: this mount only). */
  | { readonly op: 'remount'; readonly target: string; readonly flags: readonly MountFlag[] }
  /** Makes a directory, with missing parents when `parents`; one that exists is left as it is. */
  | {
      readonly op: 'mkdir';
      readonly path: string;
      readonly mode: number;
      readonly parents: boolean;
      /** Owner of the directories that are made; undefined: the interpreter's own. */
      readonly owner?: { readonly uid: number; readonly gid: number };
    }
  /** Makes an empty file to mount on; one that exists is left as it is. */
  | { readonly op: 'touch'; readonly path: string; readonly mode: number }
  | { readonly op: 'symlink'; readonly target: string; readonly path: string }
  // -- the process --------------------------------------------------------------------------
  | { readonly op: 'setsid' }
  /** A fresh anonymous session keyring, keyctl(2) KEYCTL_JOIN_SESSION_KEYRING. */
  | { readonly op: 'session-keyring' }
  /** The job's cgroup becomes the root of what it sees of cgroups: unshare(2) CLONE_NEWCGROUP. */
  | { readonly op: 'cgroup-namespace' }
  /** Mounts a hierarchy of cgroups, whose root is the namespace's: after `cgroup-namespace`. */
  | {
      readonly op: 'cgroup-files';
      readonly target: string;
      readonly flags: readonly MountFlag[];
      /** Version 1: the controllers, or `name=…`, that the hierarchy has; empty: version 2. */
      readonly options: string;
    }
  | { readonly op: 'chroot'; readonly path: string }
  /** chdir with the job's ids; `fallback` is tried if `path` does not exist. */
  | { readonly op: 'chdir'; readonly path: string; readonly fallback?: string }
  | {
      readonly op: 'rlimit';
      readonly resource: RlimitName;
      readonly soft: RlimitValue;
      readonly hard: RlimitValue;
    }
  /** Adds to the nice value, 0–19. */
  | { readonly op: 'nice'; readonly increment: number }
  | { readonly op: 'umask'; readonly mask: number }
  | { readonly op: 'affinity'; readonly cpus: readonly number[] }
  /** Empties the capability bounding set (before the ids change: it needs CAP_SETPCAP). */
  | { readonly op: 'drop-bounding-set' }
  /** setgroups, setresgid, setresuid to the plan's identity, then read back and compared. */
  | { readonly op: 'ids' }
  /** Empties the permitted, effective, inheritable and ambient sets, then verifies it. */
  | { readonly op: 'drop-capabilities' }
  | { readonly op: 'no-new-privs' }
  /** SIGKILL when eyrie-init dies; after the last change of ids, which clears it. */
  | { readonly op: 'parent-death-signal' }
  /** Every disposition default, nothing blocked. */
  | { readonly op: 'default-signals' }
  | {
      readonly op: 'exec';
      readonly path: string;
      readonly argv: readonly string[];
      /** `NAME=value` strings. */
      readonly envp: readonly string[];
    };

/** The name of a step's operation. */
export type StepOp = Step['op'];

/** One row of /proc/PID/uid_map or gid_map: user_namespaces(7). */
export interface IdMap {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Maps that the parent writes before it says go; only with a user namespace. */
export interface IdMaps {
  readonly uid: readonly IdMap[];
  readonly gid: readonly IdMap[];
}

/** A whole launch. See the head of this file. */
export interface LaunchPlan {
  readonly namespaces: readonly Namespace[];
  /** Present exactly when `namespaces` has `user`. setgroups is always denied there. */
  readonly idMaps?: IdMaps;
  readonly identity: Identity;
  /** Carried out by eyrie-init before the job's process exists. */
  readonly setup: readonly Step[];
  /** Carried out by the job's process; the last one is `exec`. */
  readonly job: readonly Step[];
}

/**
 * A step that failed. `phase` and `index` find the step in the plan (index from 0); `errno` is
 * the kernel's number, positive.
 */
export interface StepFailure {
  readonly phase: 'setup' | 'job';
  readonly index: number;
  readonly errno: number;
}
