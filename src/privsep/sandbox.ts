/**
 * Making a job's sandbox in the execute directory.
 *
 * The order keeps hostile hands out: the directory is made 0700 and ours, its files are written
 * while nobody else can reach them, and only then it is given to the job's account. After that no
 * path in it is used by the starter: removal and measuring are the tree helper's, by descriptor.
 */
import fs from 'node:fs';
import path from 'node:path';
import { toBytes } from '../byte-text';
import type { ScratchDisk } from '../job/scratch-disk';
import { errnoText } from '../kernel/errno';
import { mountScratch, type ScratchMount, unmountScratch } from '../kernel/scratch/disk';
import { removeTree } from '../kernel/tree';
import { err, ok, type Result } from '../result';
import { makeTrustedDirectory } from '../trusted-directory';
import type { Sandbox, SandboxError, SandboxPlace, SandboxRequest } from './types';

/** Permission bits by which others than the owner may write. */
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Makes a sandbox as {@link SandboxRequest} says. What was made is removed again when a later
 * step fails.
 *
 * @param giveAway whether the sandbox is to change owner (we are root).
 */
export async function makeSandbox(
  request: SandboxRequest,
  giveAway: boolean,
): Promise<Result<Sandbox, SandboxError>> {
  const { executeDirectory, name } = request;
  const place = { executeDirectory, name, path: path.join(executeDirectory, name) };

  const made = await makeDirectory(place);
  if (!made.ok) return made;
  const mount = mountDisk(place.path, request.disk);
  if (!mount.ok) {
    await removeTree(executeDirectory, name);
    return mount;
  }
  const filled = fillSandbox(place, request, giveAway);
  if (filled.ok) return ok({ ...place, directory: filled.value, mount: mount.value });
  if (request.disk !== undefined) unmountScratch(place.path);
  await removeTree(executeDirectory, name);
  return filled;
}

/**
 * Writes the files into a sandbox that is ours alone.
 *
 * @param giveAway whether it changes owner then
 * @returns the open directory
 */
export function fillSandbox(
  place: SandboxPlace,
  request: SandboxRequest,
  giveAway: boolean,
): Result<number, SandboxError> {
  return attempt(place.path, 'fill the sandbox', () => {
    for (const file of request.files) writeFile(place, file.name, file.mode, file.text, request);
    return handOver(place, request, giveAway);
  });
}

/** Mounts the sandbox' own file system, if it is to have one. */
function mountDisk(
  directory: string,
  disk: ScratchDisk | undefined,
): Result<ScratchMount | undefined, SandboxError> {
  if (disk === undefined) return ok(undefined);
  const mounted = mountScratch(directory, disk);
  if (mounted.ok) return mounted;
  const { call, errno } = mounted.error;
  return err({
    message: `Cannot make the sandbox a file system of its own: cannot ${call}: ${errnoText(errno)}`,
    errno,
  });
}

/**
 * Makes EXECUTE if it is missing. It must be a directory that no job can write or exchange.
 *
 * @param trusted uids of accounts that no job runs as, beside root's and this process's own
 */
export function prepareExecuteDirectory(
  directory: string,
  trusted: readonly number[] = [],
): Result<void, SandboxError> {
  // In a user namespace root's directories seem to be somebody else's: the owner of / counts as root.
  const owners = new Set([0, process.geteuid?.() ?? 0, fs.statSync('/').uid, ...trusted]);
  const made = makeTrustedDirectory(directory, 0o755);
  if (!made.ok) return err({ message: `Cannot use EXECUTE: ${made.error}`, errno: 0 });
  return attempt(directory, 'use EXECUTE', () => {
    // A link to it has been looked at by then: who could exchange that is trusted.
    const problem = executeDirectoryProblem(fs.statSync(directory), owners);
    if (problem !== undefined) throw new Error(problem);
    const exchangeable = ancestorProblem(fs.realpathSync(directory), owners);
    if (exchangeable !== undefined) throw new Error(exchangeable);
  });
}

/**
 * Which directory above EXECUTE has an owner who could put another one in its place, with sandboxes
 * of that owner's making.
 */
function ancestorProblem(directory: string, owners: ReadonlySet<number>): string | undefined {
  for (let above = path.dirname(directory); above !== '/'; above = path.dirname(above)) {
    const { uid } = fs.statSync(above);
    if (!owners.has(uid)) {
      return `${above} belongs to uid ${uid}, who could exchange what is in it; name a directory of root`;
    }
  }
  return undefined;
}

/** What makes a directory unfit to hold sandboxes; undefined: nothing. */
function executeDirectoryProblem(facts: fs.Stats, owners: ReadonlySet<number>): string | undefined {
  if (!facts.isDirectory()) return 'it is not a directory';
  if (!owners.has(facts.uid)) {
    const own = process.geteuid?.() ?? 0;
    return `it belongs to uid ${facts.uid}, not to root or to uid ${own}`;
  }
  // With the sticky bit others can add names but cannot rename or remove ours.
  if ((facts.mode & WRITABLE_BY_OTHERS) !== 0 && (facts.mode & STICKY) === 0) {
    return 'others may write to it; give it mode 0755, or 1777';
  }
  return undefined;
}

/** A leftover of a dead starter with our pid is removed first, as HTCondor's starter does. */
async function makeDirectory(sandbox: SandboxPlace): Promise<Result<void, SandboxError>> {
  const mkdir = () =>
    attempt(sandbox.path, 'make the sandbox', () => fs.mkdirSync(sandbox.path, { mode: 0o700 }));
  const made = mkdir();
  if (made.ok || made.error.code !== 'EEXIST') return made;
  // A file system of its own goes first, where the dead starter could mount one.
  if (process.geteuid?.() === 0) unmountScratch(sandbox.path);
  const removed = await removeTree(sandbox.executeDirectory, sandbox.name);
  if (!removed.ok) {
    return err({
      message: `Cannot remove the leftover sandbox ${sandbox.path}: ${removed.error.message}`,
      errno: made.error.errno,
    });
  }
  return mkdir();
}

function writeFile(
  sandbox: SandboxPlace,
  name: string,
  mode: number,
  text: string,
  request: SandboxRequest,
): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(
    path.join(sandbox.path, name),
    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
    0o600,
  );
  try {
    fs.writeFileSync(fd, toBytes(text));
    fs.fchmodSync(fd, mode);
    const { uid, gid } = request.filesOwner ?? request.owner;
    // Without root, whoever can change owners does so later.
    if (process.geteuid?.() === 0 && uid !== 0) fs.fchownSync(fd, uid, gid);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * The last step: from here on the job's account may do what it likes in there.
 *
 * @returns the open directory
 */
function handOver(sandbox: SandboxPlace, request: SandboxRequest, giveAway: boolean): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(sandbox.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fs.fchmodSync(fd, request.mode);
    if (giveAway) fs.fchownSync(fd, request.owner.uid, request.owner.gid);
    return fd;
  } catch (thrown) {
    fs.closeSync(fd);
    throw thrown;
  }
}

/** Runs file calls; what they throw becomes a value that names the path and the purpose. */
function attempt<T>(
  where: string,
  purpose: string,
  work: () => T,
): Result<T, SandboxError & { readonly code?: string }> {
  try {
    return ok(work());
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    return err({
      message: `Cannot ${purpose} (${where}): ${error.message}`,
      errno: Math.abs(error.errno ?? 0),
      ...(error.code === undefined ? {} : { code: error.code }),
    });
  }
}
