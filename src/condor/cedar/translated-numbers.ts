/**
 * Numbers that the wire has instead of the system's own, since the two ends may run different
 * systems: errno (condor_io/errno_num.h, errno_num_encode()) and flags of open(2)
 * (open_flags.cpp, open_flags_encode()).
 */
import os from 'node:os';
import fs from 'node:fs';

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
const TO_WIRE = new Map(ERRNO.map(([wire, errno]) => [errno, wire]));

/** Linux's errno for one of the wire; what is not in the table has travelled as it was. */
export function errnoFromWire(wire: number): number {
  return FROM_WIRE.get(wire) ?? wire;
}

/** The wire's number for Linux's errno; what is not in the table travels as it is. */
export function errnoToWire(errno: number): number {
  return TO_WIRE.get(errno) ?? errno;
}

const C = fs.constants;

/** Beside the three ways of access, which the wire has as Linux does: 0 read, 1 write, 2 both. */
const FLAGS: readonly (readonly [wire: number, flag: number])[] = [
  [0x0100, C.O_CREAT],
  [0x0200, C.O_TRUNC],
  [0x0400, C.O_EXCL],
  [0x0800, C.O_NOCTTY],
  [0x1000, C.O_APPEND],
];

const ACCESS = 3;

/** The wire's flags for those of open(2); flags that it does not know are left out. */
export function openFlagsToWire(flags: number): number {
  return translate(
    flags,
    FLAGS.map(([wire, flag]) => [flag, wire]),
  );
}

/** Flags of open(2) for those of the wire; flags that it does not know are left out. */
export function openFlagsFromWire(wire: number): number {
  return translate(wire, FLAGS);
}

function translate(flags: number, table: readonly (readonly [number, number])[]): number {
  return table.reduce(
    (result, [from, to]) => ((flags & from) === 0 ? result : result | to),
    flags & ACCESS,
  );
}
