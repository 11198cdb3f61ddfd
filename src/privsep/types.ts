/**
 * How privileged steps get done. The starter asks for them through this one interface; who can
 * do them differs: the starter itself as root, the kernel's user namespaces for an ordinary user
 * (`rootless`), and gLExec, with the proxy of the job.
 */
import type { JobFault } from '../job/faults';
import type { MappedIds } from '../job/glexec-mode';
import type { PlannedJob } from '../job/plan-input';
import type { DiskFill, ScratchDisk } from '../job/scratch-disk';
import type { JobSpec } from '../job/spec';
import type { FileAgent } from '../kernel/file-agent';
import type { Launch, LaunchCgroups, LaunchError } from '../kernel/launch-types';
import type { ScratchMount } from '../kernel/scratch/disk';
import type { JobWitness } from './daemon/types';
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
  /** A file system of its own for it; undefined: it is a directory of EXECUTE's. Root only. */
  readonly disk?: ScratchDisk | undefined;
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
  /** The file system that it is, if it is one. */
  readonly mount?: ScratchMount | undefined;
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

/** A job to be started. */
export interface StartableJob extends Pick<PlannedJob, 'plan'> {
  readonly spec: JobSpec;
  /** Its sandbox's path. */
  readonly sandbox: string;
  /** What the slot that it runs in has: CPUs, and MiB of memory. */
  readonly slot: { readonly cpus: number | undefined; readonly memory: number | undefined };
}

/** A launch, and who tells what it uses where that is not seen from here. */
export interface StartedLaunch extends Launch {
  readonly witness?: JobWitness | undefined;
}

/** The privileged steps of one job. */
export interface PrivilegedSteps {
  readonly kind: 'root' | 'rootless' | 'glexec' | 'daemon';
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
  /**
   * Gives the sandbox, filled with the job's input, to the account that the job runs as, where
   * `makeSandbox` could not do it yet. Until `takeBack` the starter cannot write there.
   *
   * @param proxy the name in it of the job's X.509 proxy; undefined: it has none, or needs none
   * @returns whose it is now; undefined: that was known before
   */
  handOver(
    sandbox: Sandbox,
    proxy: string | undefined,
  ): Promise<Result<MappedIds | undefined, JobFault>>;
  /**
   * Clones the job; it waits for the launch's `go`.
   *
   * @param cgroups where it is born, if not where the starter is
   */
  start(
    job: StartableJob,
    cgroups?: LaunchCgroups,
  ): Promise<Result<StartedLaunch, LaunchError | JobFault>>;
  /**
   * Tells when the job must end since what it is run by comes to its end; gives the way to stop that.
   * Undefined: nothing of that kind.
   */
  watchCredentials?(sandbox: Sandbox, end: (fault: JobFault) => void): () => void;
  /**
   * Puts another proxy in the place of a sandbox', whoever has that at the moment; a sentence where that
   * fails, and then the old one still holds. Undefined: proxies are nothing to these steps.
   */
  renewProxy?(sandbox: Sandbox, name: string, proxy: Buffer): Promise<Result<void, string>>;
  /** Undoes `handOver`, once nothing of the job is left: its results are the starter's to read. */
  takeBack(sandbox: Sandbox): Promise<Result<void, JobFault>>;
  /** The sandbox' files, touched with the job's ids. `close()` it. */
  openSandboxFiles(sandbox: Sandbox, owner: SandboxOwner): Promise<Result<FileAgent, LaunchError>>;
  /** Measures what the job left, links not followed. */
  measureSandbox(sandbox: Sandbox): Promise<Result<TreeReport, TreeError>>;
  /** How full the sandbox' own file system is; undefined: it has none. */
  fillOfSandbox(sandbox: Sandbox): DiskFill | undefined;
  /** Removes what starters have left that live no more, beside their sandboxes; gives a sentence for each. */
  removeLeftovers?(executeDirectory: string): Promise<readonly string[]>;
  /** Unmounts what starters have left that live no more; gives the directories. */
  unmountAbandoned(executeDirectory: string): readonly string[];
  /** Removes a sandbox whole, whatever the job left there; of one that was made here once only. */
  removeSandbox(sandbox: Sandbox | SandboxPlace): Promise<Result<TreeReport, TreeError>>;
}
