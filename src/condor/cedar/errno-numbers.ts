/**
 * Error numbers as CEDAR's peers write them, and what Linux calls the same errors.
 *
 * The numbers are those of an old BSD: up to ERANGE they are Linux's too; above, some errors have
 * another number, and what is not in the table travels as the sender's system has it.
 *
 * Source: errno_num_encode() and errno_num_decode() of HTCondor's condor_io/errno_num.cpp.
 */

/** The errors whose numbers differ: on the wire, on Linux (asm-generic/errno.h). */
const DIFFERENT: readonly (readonly [name: string, wire: number, linux: number])[] = [
  ['EDEADLK', 36, 35],
  ['ENAMETOOLONG', 38, 36],
  ['ENOLCK', 39, 37],
  ['ENOSYS', 40, 38],
  ['ENOTEMPTY', 41, 39],
  ['EILSEQ', 42, 84],
  ['ETXTBSY', 43, 26],
];

/** Linux's number of an error that a peer told. */
export function errnoFromWire(wire: number): number {
  return DIFFERENT.find(([, number]) => number === wire)?.[2] ?? wire;
}

/** The number under which an error of Linux is told to a peer. */
export function errnoToWire(linux: number): number {
  return DIFFERENT.find(([, , number]) => number === linux)?.[1] ?? linux;
}
