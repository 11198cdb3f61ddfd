/**
 * What file transfer needs of the world: the sandbox, as a tree of names below it. Whoever
 * implements it (a native helper with the job's ids) follows no link that leads out of the sandbox,
 * whatever the job has put there.
 *
 * Paths are relative to the sandbox, components joined by `/`, none of them empty, `.` or `..`, in
 * the house's form of text (byte-text.ts).
 */
import type { Result } from '../../result';

/** A call on a file that failed. */
export interface FileError {
  /** `open`, `mkdir`, `write` … */
  readonly call: string;
  /** Relative to the sandbox. */
  readonly path: string;
  /** Linux's number, positive. */
  readonly errno: number;
  /** Whoever reaches into the sandbox is gone: the job is not at fault, and it may be tried again. */
  readonly gone?: true;
}

/** What is at a path. */
export interface SandboxEntry {
  /** Relative to the sandbox. */
  readonly path: string;
  /** What a link leads to, if it stays in the sandbox; `missing`: a link that leads nowhere. */
  readonly kind: 'file' | 'directory' | 'other' | 'missing';
  /** The name itself is a symbolic link. */
  readonly isLink: boolean;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
}

/** A file opened for reading. */
export interface OpenFile {
  /** The caller's to close. */
  readonly descriptor: number;
  readonly size: number;
  readonly mode: number;
}

/** A file for reading: a small one with its contents, another open. */
export type ReadFile =
  | {
      readonly kind: 'read';
      /** Permission bits. */
      readonly mode: number;
      readonly bytes: Buffer;
    }
  | ({ readonly kind: 'open' } & OpenFile);

/** Bytes that a file may have to be written or read in one call. */
export const SMALL_FILE_MAX = 65536;

/** The sandbox of one job. All calls are made with the job's ids. */
export interface SandboxFiles {
  /** Makes a directory, and the directories above it (0700); one that is there keeps its mode. */
  makeDirectory(path: string, mode: number): Promise<Result<void, FileError>>;
  /**
   * Makes an empty file for writing, in place of whatever file, link or empty directory is there, and
   * the directories above it (0700). The descriptor is the caller's to close.
   *
   * @param mode permission bits; undefined: 0644
   */
  createFile(path: string, mode: number | undefined): Promise<Result<number, FileError>>;
  /** Opens a regular file for reading; links inside of the sandbox are followed. */
  openFile(path: string): Promise<Result<OpenFile, FileError>>;
  /** As createFile(), with contents of at most {@link SMALL_FILE_MAX} bytes; it is closed again. */
  writeFile(
    path: string,
    mode: number | undefined,
    contents: Buffer,
  ): Promise<Result<void, FileError>>;
  /** As openFile(), but a file of at most {@link SMALL_FILE_MAX} bytes is read and closed again. */
  readFile(path: string): Promise<Result<ReadFile, FileError>>;
  /** What is at a path; an error where nothing is. */
  stat(path: string): Promise<Result<SandboxEntry, FileError>>;
  /** The entries of a directory, sorted by name; `''`: the sandbox itself. */
  list(path: string): Promise<Result<readonly SandboxEntry[], FileError>>;
  /** Changes the permission bits of a regular file or a directory that is no link. */
  setMode(path: string, mode: number): Promise<Result<void, FileError>>;
  /** Ends the helper. */
  close(): void;
}
