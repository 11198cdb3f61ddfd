/**
 * Reading a file that decides what a job's root is: only root, or the user who asks, may have written
 * it.
 */
import fs from 'node:fs';
import { err, ok, type Result } from '../../result';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** The uids whose files and directories are trusted: root, and whoever runs this. */
export function trustedOwners(): ReadonlySet<number> {
  return new Set([0, process.geteuid?.() ?? 0]);
}

/**
 * Reads a file after checking its owner and mode, on one descriptor.
 *
 * @returns its text, undefined where there is no such file; or a sentence that says what to do
 */
export function readTrustedText(file: string): Result<string | undefined, string> {
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO without a writer would stop us here.
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? ok(undefined)
      : err(`Cannot read ${file}: ${code === 'ELOOP' ? 'it is a symbolic link' : message}`);
  }
  try {
    const distrust = whyNotTrusted(fs.fstatSync(fd));
    return distrust === undefined
      ? ok(fs.readFileSync(fd, 'utf8'))
      : err(`Cannot trust ${file}: ${distrust}`);
  } finally {
    fs.closeSync(fd);
  }
}

function whyNotTrusted(stats: fs.Stats): string | undefined {
  if (!stats.isFile()) return 'it is not a regular file';
  if (!trustedOwners().has(stats.uid)) return `uid ${stats.uid} owns it; chown it to root`;
  if ((stats.mode & 0o022) !== 0) return 'others than its owner can write it; chmod go-w it';
  return undefined;
}
