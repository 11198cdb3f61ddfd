/**
 * How privileged steps get done. The starter asks for them through this one interface; who can
 * do them differs: the starter itself as root, the kernel's user namespaces for an ordinary user
 * (`rootless`), and, in later rooms of this folder, glexec's scripts and the root daemon.
 */
import type { LaunchPlan } from '../job/plan';
import type { FileAgent } from '../kernel/file-agent';
import type { Launch, LaunchError } from '../kernel/launch-types';
import type { TreeError, TreeReport } from '../kernel/tree';
import type { Result } from '../result';

/** A file that is in the sandbox before the job starts. */
export interface SandboxFile {
  /** A plain name, no `/`. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly text: string;
}

/** A sandbox to be made. */
export interface SandboxRequest {
  /** EXECUTE: prepared, absolute. */
  readonly executeDirectory: string;
  /** Its name in there: `dir_<pid of the starter>`. */
  readonly name: string;
  /** Whom it is given to. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Permission bits of the sandbox, by JOB_EXECDIR_PERMISSIONS. */
  readonly mode: number;
  readonly files: readonly SandboxFile[];
  /** Who owns the files; undefined: `owner`. */
  readonly filesOwner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Where a sandbox is, or was: one of a starter that died, for example. */
export interface SandboxPlace {
  readonly executeDirectory: string;
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
}

/** A sandbox that was made. */
export interface Sandbox extends SandboxPlace {
  /**
   * The directory itself, opened before it was given away: where EXECUTE is a sticky directory, the
   * job could put another one at its path. `removeSandbox` closes it.
   */
  readonly directory: number;
}

/** Whose sandbox it is, for {@link PrivilegedSteps.openSandboxFiles}. */
export interface SandboxOwner {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups; undefined: none. */
  readonly groups: readonly number[] | undefined;
  /** Other absolute paths that the job knows its sandbox by, inside of a chroot for example. */
  readonly names: readonly string[];
}

/** A sandbox could not be made: which step on which path, and the system's error. */
export interface SandboxError {
  /** A sentence for a person. */
  readonly message: string;
  /** Positive, or 0 where no system call failed. */
  readonly errno: number;
}

/** The privileged steps of one job. */
export interface PrivilegedSteps {
  readonly kind: 'root' | 'rootless';
  /**
   * Makes EXECUTE where it is missing, and checks that no job can write it.
   *
   * @param trusted uids beside root and this process's own who may own it: a pool's account
   */
  prepareExecuteDirectory(
    directory: string,
    trusted?: readonly number[],
  ): Result<void, SandboxError>;
  /** Makes the sandbox, fills it, and gives it to the job's account. */
  makeSandbox(request: SandboxRequest): Promise<Result<Sandbox, SandboxError>>;
  /** Clones the job; it waits for the launch's `go`. */
  start(plan: LaunchPlan): Result<Launch, LaunchError>;
  /** The sandbox' files, touched with the job's ids. `close()` it. */
  openSandboxFiles(sandbox: Sandbox, owner: SandboxOwner): Promise<Result<FileAgent, LaunchError>>;
  /** Measures what the job left, links not followed. */
  measureSandbox(sandbox: Sandbox): Promise<Result<TreeReport, TreeError>>;
  /** Removes a sandbox whole, whatever the job left there; of one that was made here once only. */
  removeSandbox(sandbox: Sandbox | SandboxPlace): Promise<Result<TreeReport, TreeError>>;
}
