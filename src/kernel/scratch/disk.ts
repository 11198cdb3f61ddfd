/**
 * A sandbox's own file system: made where its directory is, filled by the job, and gone with the sandbox.
 *
 * Its backing file has no name, and the loop device lets go of it when it is unmounted. So of a starter
 * that is killed nothing stays but the mount, which {@link unmountScratch} finds by the directory.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DiskFill, ScratchDisk } from '../../job/scratch-disk';
import { err, ok, type Result } from '../../result';
import * as border from '../border';
import { readMountInfo } from '../proc/mountinfo';
import { randomUuid } from '../proc/random';
import { EXT4_MAX, layOutExt4 } from './ext4-layout';

const MIB = 2 ** 20;

/** mount(2): MS_NOSUID, MS_NODEV. */
const MOUNT_FLAGS = 0x2 | 0x4;
/** MS_NOATIME: reading is no reason to write. */
const NO_ACCESS_TIMES = 0x400;

/** A call that failed, and errno, positive. */
export interface ScratchError {
  readonly call: string;
  readonly errno: number;
}

/** A file system that is mounted. */
export interface ScratchMount {
  readonly limit: number;
  /** Inodes that it had in use when it was new. */
  readonly ownInodes: number;
  /** Bytes likewise. */
  readonly ownBytes: number;
}

/**
 * Makes a file system and mounts it on a directory, which is the starter's own and empty. Who writes to
 * a tmpfs pays for the memory, by his cgroup.
 */
export function mountScratch(
  directory: string,
  disk: ScratchDisk,
): Result<ScratchMount, ScratchError> {
  const mounted = disk.kind === 'tmpfs' ? mountTmpfs(directory, disk) : mountLoop(directory, disk);
  if (!mounted.ok) return mounted;
  const { bfree, blocks, bsize, ffree, files } = fs.statfsSync(directory);
  const ownBytes = (blocks - bfree) * bsize;
  return ok({ limit: disk.limit, ownInodes: files - ffree, ownBytes });
}

function mountTmpfs(directory: string, { size }: ScratchDisk): Result<void, ScratchError> {
  const options = `mode=0700,size=${Math.ceil(size)}`;
  const errno = -border.mount('tmpfs', directory, 'tmpfs', MOUNT_FLAGS, options);
  return errno === 0 ? ok(undefined) : err({ call: `mount a tmpfs on ${directory}`, errno });
}

function mountLoop(directory: string, disk: ScratchDisk): Result<void, ScratchError> {
  let backing: number | undefined;
  let device = -1;
  try {
    backing = openNameless(path.dirname(directory));
    const filled = fill(backing, disk);
    if (!filled.ok) return filled;
    device = border.attachLoop(backing);
    if (device < 0) return err({ call: 'take a loop device (/dev/loop-control)', errno: -device });
    const flags = MOUNT_FLAGS | NO_ACCESS_TIMES;
    // Nobody else has it while it is open here.
    const source = fs.readlinkSync(`/proc/self/fd/${device}`);
    const errno = -border.mount(source, directory, 'ext4', flags, '');
    if (errno !== 0) return err({ call: `mount an ext4 on ${directory}`, errno });
    // Checkers want it; to a job it would be something that it has not made.
    fs.rmdirSync(path.join(directory, 'lost+found'));
    return ok(undefined);
  } catch (thrown) {
    const { errno, syscall } = thrown as NodeJS.ErrnoException;
    if (errno === undefined) throw thrown;
    return err({
      call: `make a file system in ${path.dirname(directory)}: ${syscall}`,
      errno: -errno,
    });
  } finally {
    if (backing !== undefined) fs.closeSync(backing);
    if (device >= 0) fs.closeSync(device);
  }
}

/** O_TMPFILE of open(2), which has O_DIRECTORY in it. */
const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY;

/** A file of nobody's but ours, without a name; where the file system has no such, it loses its own. */
function openNameless(directory: string): number {
  const { O_CREAT, O_EXCL, O_RDWR } = fs.constants;
  try {
    return fs.openSync(directory, O_RDWR | O_TMPFILE, 0o600);
  } catch {
    const name = path.join(directory, `.disk_${process.pid}_${randomUuid().toString('hex')}`);
    const fd = fs.openSync(name, O_RDWR | O_CREAT | O_EXCL, 0o600);
    fs.unlinkSync(name);
    return fd;
  }
}

const { EFBIG, ENOSPC } = os.constants.errno;

/** fallocate(2) would take all that is left before it says that it is not enough. */
function refuse(backing: number, { isThin, size }: ScratchDisk): ScratchError | undefined {
  const call = `set aside ${Math.ceil(size / MIB)} MiB`;
  if (size > EXT4_MAX / 2) return { call, errno: EFBIG };
  const { bavail, bsize } = fs.statfsSync(`/proc/self/fd/${backing}`);
  return !isThin && size > bavail * bsize ? { call, errno: ENOSPC } : undefined;
}

function fill(backing: number, disk: ScratchDisk): Result<void, ScratchError> {
  const refused = refuse(backing, disk);
  if (refused !== undefined) return err(refused);
  const { extents, size } = layOutExt4(disk.size, randomUuid());
  const mebibytes = Math.ceil(size / MIB);
  const errno = disk.isThin ? 0 : -border.allocate(backing, mebibytes);
  if (errno !== 0) return err({ call: `set aside ${mebibytes} MiB`, errno });
  fs.ftruncateSync(backing, mebibytes * MIB);
  for (const { bytes, offset } of extents) fs.writeSync(backing, bytes, 0, bytes.length, offset);
  return ok(undefined);
}

/**
 * How full it is. What the file system needs for itself is not counted, as it was not counted when it
 * was made.
 *
 * @param directory its open directory
 */
export function scratchFill(
  directory: number,
  mount: ScratchMount,
): DiskFill & { entries: number } {
  const { bavail, bfree, blocks, bsize, ffree, files } = fs.statfsSync(
    `/proc/self/fd/${directory}`,
  );
  return {
    used: Math.max(0, (blocks - bfree) * bsize - mount.ownBytes),
    free: bavail * bsize,
    limit: mount.limit,
    entries: Math.max(0, files - ffree - mount.ownInodes),
  };
}

/** Unmounts whatever is mounted on a directory below EXECUTE, at once, even if somebody is in there. */
export function unmountScratch(directory: string): Result<void, ScratchError> {
  for (const _ of mountsOn((place) => place === directory)) {
    const errno = -border.unmount(directory);
    if (errno !== 0) return err({ call: `unmount ${directory}`, errno });
  }
  return ok(undefined);
}

const NAME = /^dir_(\d+)$/;

/**
 * Unmounts the file systems of starters below EXECUTE that live no more.
 *
 * @returns their directories
 */
export function unmountAbandoned(executeDirectory: string): readonly string[] {
  const execute = fs.realpathSync(executeDirectory);
  const abandoned = mountsOn((place) => {
    const [, pid] = NAME.exec(path.basename(place)) ?? [];
    return path.dirname(place) === execute && pid !== undefined && !lives(Number(pid));
  });
  return [...new Set(abandoned)].filter((place) => unmountScratch(place).ok);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Mount points of the kinds that are mounted here; one for each mount. */
function mountsOn(isWanted: (place: string) => boolean): readonly string[] {
  const mounts = readMountInfo();
  if (!mounts.ok) return [];
  return mounts.value
    .filter(({ mountPoint, type }) => ['tmpfs', 'ext4'].includes(type) && isWanted(mountPoint))
    .map(({ mountPoint }) => mountPoint);
}
