/**
 * Whole trees that a job may have made: removed, measured or given away by eyrie-tree, which goes
 * by descriptor, follows no link and crosses no mount. A path of the starter's own into such a tree
 * could be led anywhere.
 */
import fs from 'node:fs';
import os from 'node:os';
import { err, ok, type Result } from '../result';
import { errnoText } from './errno';
import { runHelper } from './helper';
import { TREE_REFUSALS, TREE_REPORT } from './structs';

/** What was found. Hard links to one file are measured once. */
export interface TreeReport {
  /** Everything below the top: files, directories, links. */
  readonly entries: number;
  /** Everything that is no directory. */
  readonly files: number;
  /** Bytes, by the sizes that files and directories say they have. */
  readonly apparent: number;
  /** Bytes that it takes on disk. */
  readonly allocated: number;
}

/** Why a tree could not be dealt with, or not in whole. */
export interface TreeError {
  /** A sentence with the first path that failed and the system's words. */
  readonly message: string;
  /** Of the first failure; positive. */
  readonly errno: number;
  /** How many entries failed; 0 where the work did not begin. */
  readonly failures: number;
  /** What was done all the same. */
  readonly report: TreeReport | undefined;
  /**
   * Why {@link chownTree} refused the first of them: it is neither side's, a file with several names, or
   * a device. Undefined: the system refused it.
   */
  readonly refusal?: 'owner' | 'link' | 'device' | undefined;
  /** Of {@link chownTree}: nothing was changed. */
  readonly isUntouched?: boolean;
}

/** Whom {@link chownTree} takes a tree from, and gives it to. */
export interface ChangeOfOwner {
  /** Whose it is now. */
  readonly from: number;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits that the top gets. */
  readonly mode: number;
}

/**
 * Removes `name` from a directory, whatever it is and whatever it holds: unreadable directories,
 * any depth. Nothing there is no error.
 *
 * @param parent a path that no job can change, or an open directory's descriptor.
 * @param name one component.
 */
export async function removeTree(
  parent: string | number,
  name: string,
): Promise<Result<TreeReport, TreeError>> {
  return await work(parent, ['remove', name], `Cannot remove ${where(parent, name)}`);
}

/** Measures `name` in a directory. Parameters as for {@link removeTree}. */
export async function measureTree(
  parent: string | number,
  name: string,
): Promise<Result<TreeReport, TreeError>> {
  return await work(parent, ['measure', name], `Cannot measure ${where(parent, name)}`);
}

/**
 * Gives the directory `name` in a directory, and everything in it, to another owner. Needs root.
 *
 * Nothing changes where an entry belongs to neither side, is a device or a file with several names, or is
 * mounted: all that is found is counted, the first is named. What was broken off half way can be done
 * again, in either direction; the top is root's, and shut, until all is done.
 *
 * Set-id bits, capabilities and access control lists go, and so does the right of others than the
 * owner to write to directories. Parameters as for {@link removeTree}.
 */
export async function chownTree(
  parent: string | number,
  name: string,
  { from, gid, mode, uid }: ChangeOfOwner,
): Promise<Result<TreeReport, TreeError>> {
  const ids = [from, uid, gid].map(String);
  return await work(
    parent,
    ['chown', ...ids, mode.toString(8), name],
    `Cannot give ${where(parent, name)} to uid ${uid}`,
  );
}

/**
 * Removes what a user has left in a directory that is everybody's, such as /tmp: the user's entries
 * wherever they are below it, and directories with all that is in them. Mounts are left alone, but
 * one in a directory of the user's is an error. Needs root.
 *
 * @param directory a path that no user can change
 * @param owner never root
 */
export async function removeOwned(
  directory: string,
  owner: number,
): Promise<Result<TreeReport, TreeError>> {
  return await work(directory, ['remove-owned', String(owner)], `Cannot clean ${directory}`);
}

function where(parent: string | number, name: string): string {
  return typeof parent === 'string' ? `${parent}/${name}` : name;
}

/** Runs eyrie-tree in a directory. */
async function work(
  parent: string | number,
  args: readonly string[],
  trouble: string,
): Promise<Result<TreeReport, TreeError>> {
  if (typeof parent === 'number') return await workBelow(parent, args, trouble);
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (thrown) {
    return err(failure(trouble, Math.abs((thrown as NodeJS.ErrnoException).errno ?? 0)));
  }
  try {
    return await workBelow(fd, args, trouble);
  } finally {
    fs.closeSync(fd);
  }
}

async function workBelow(
  directory: number,
  args: readonly string[],
  trouble: string,
): Promise<Result<TreeReport, TreeError>> {
  const ran = await runHelper('eyrie-tree', args, directory);
  if (!ran.ok) return err(failure(`${trouble}: ${ran.error.call}`, ran.error.errno));
  const { output, end } = ran.value;
  if (output.length !== REPORT_SIZE) {
    const how = end?.signal === undefined ? `status ${end?.code ?? 0}` : `signal ${end.signal}`;
    const message = `${trouble}: eyrie-tree ended with ${how}`;
    return err({ ...failure(trouble, os.constants.errno.EIO), message });
  }
  return readReport(output, trouble);
}

function failure(trouble: string, errno: number): TreeError {
  return { message: `${trouble}: ${errnoText(errno)}`, errno, failures: 0, report: undefined };
}

/** Bytes of struct tree_report: five counts, errno and padding, the path. */
const PATH_OFFSET = 5 * 8 + 2 * 4;
const REPORT_SIZE = PATH_OFFSET + TREE_REPORT.path[1];

function readReport(bytes: Buffer, trouble: string): Result<TreeReport, TreeError> {
  const [files, directories, apparent, allocated, failures] = [0, 1, 2, 3, 4].map((index) =>
    Number(bytes.readBigUInt64LE(index * 8)),
  ) as [number, number, number, number, number];
  const report = { entries: files + Math.max(0, directories - 1), files, apparent, allocated };
  if (failures === 0) return ok(report);
  const errno = bytes.readInt32LE(40);
  const refusal = TREE_REFUSALS[bytes.readUInt32LE(44)] || undefined;
  const path = bytes.subarray(PATH_OFFSET, bytes.indexOf(0, PATH_OFFSET)).toString();
  const others = failures > 1 ? ` (and ${failures - 1} more)` : '';
  const why = refusal === undefined ? errnoText(errno) : REFUSALS[refusal];
  const message = `${trouble}: ${JSON.stringify(path)}: ${why}${others}`;
  return err({ message, errno, failures, report, refusal, isUntouched: directories === 0 });
}

const REFUSALS = {
  owner: 'it belongs to somebody else',
  link: 'the file has other names, which may be anywhere',
  device: 'it is a device',
} as const;
