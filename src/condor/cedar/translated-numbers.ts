/**
 * Numbers of errors that the wire has instead of the system's own, since the two ends may run
 * different systems: condor_io/errno_num.h, errno_num_decode().
 */
import os from 'node:os';

const E = os.constants.errno;

const ERRNO: readonly (readonly [wire: number, errno: number])[] = [
  [1, E.EPERM],
  [2, E.ENOENT],
  [4, E.EINTR],
  [5, E.EIO],
  [9, E.EBADF],
  [11, E.EAGAIN],
  [12, E.ENOMEM],
  [13, E.EACCES],
  [16, E.EBUSY],
  [17, E.EEXIST],
  [18, E.EXDEV],
  [20, E.ENOTDIR],
  [21, E.EISDIR],
  [22, E.EINVAL],
  [28, E.ENOSPC],
  [36, E.EDEADLK],
  [38, E.ENAMETOOLONG],
  [39, E.ENOLCK],
  [40, E.ENOSYS],
  [41, E.ENOTEMPTY],
  [42, E.EILSEQ],
  [43, E.ETXTBSY],
];

const FROM_WIRE = new Map(ERRNO);

/** Linux's errno for one of the wire; what is not in the table has travelled as it was. */
export function errnoFromWire(wire: number): number {
  return FROM_WIRE.get(wire) ?? wire;
}
