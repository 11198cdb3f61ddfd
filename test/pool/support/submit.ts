/**
 * The directories that jobs are submitted from: one a job, in which its files, its submit file and
 * its event log are.
 */
import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Content of a file, or of one with a mode, or the target of a symbolic link. */
export type FileContent =
  | string
  | Buffer
  | { readonly content: string | Buffer; readonly mode: number }
  | { readonly link: string };

/** The users that exist in the roots: scripts/pool/install.sh. */
export const UIDS = { root: 0, alice: 20001, bob: 20002 } as const;

/** A user of a pool. */
export type User = keyof typeof UIDS;

/** The event log of a job whose submit file names none. */
export const LOG = 'job.log';

/**
 * Makes a job's directory.
 *
 * @param directory its path; it must not exist yet
 * @param inside its path in the pool
 * @param text the submit file; `log`, `should_transfer_files = YES` and `queue` are
 *   added where it has none, and `$(DIRECTORY)` is the directory's path inside
 * @param files the input files by their path below the directory; a name that ends with a slash is
 *   an empty directory
 */
export function makeSubmitDirectory(
  directory: string,
  inside: string,
  text: string,
  files: Readonly<Record<string, FileContent>>,
  owner: User,
): void {
  const uid = UIDS[owner];
  makeDirectory(directory, uid);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    for (const parent of parentsBetween(directory, file)) makeDirectory(parent, uid);
    if (name.endsWith('/')) makeDirectory(file, uid);
    else writeContent(file, content, uid);
  }
  const whole = `DIRECTORY = ${inside}\n${submitText(text)}`;
  writeContent(path.join(directory, 'job.sub'), whole, uid);
}

/** Lines that a submit file gets where it has none with that name. */
const DEFAULTS = [`log = ${LOG}`, 'should_transfer_files = YES'];

function submitText(text: string): string {
  const has = (name: string): boolean => new RegExp(`^\\s*${name}\\b`, 'im').test(text);
  const missing = DEFAULTS.filter((line) => !has(line.split(' ')[0] ?? ''));
  return [...missing, text.trim(), ...(has('queue') ? [] : ['queue']), ''].join('\n');
}

function writeContent(file: string, content: FileContent, uid: number): void {
  if (typeof content === 'string' || Buffer.isBuffer(content)) {
    writeFileSync(file, content);
  } else if ('link' in content) {
    symlinkSync(content.link, file);
  } else {
    writeFileSync(file, content.content);
    chmodSync(file, content.mode);
  }
  lchownSync(file, uid, uid);
}

function makeDirectory(directory: string, uid: number): void {
  if (mkdirSync(directory, { recursive: true }) === undefined) return;
  chmodSync(directory, 0o755);
  lchownSync(directory, uid, uid);
}

function parentsBetween(top: string, file: string): readonly string[] {
  const parent = path.dirname(file);
  return parent === top ? [] : [...parentsBetween(top, parent), parent];
}
