/**
 * The record by which a family is told from others by its environment: a count, then slots of an
 * active flag and an entry `_CONDOR_ANCESTOR_<forker>=<child>:<time>:<number>`.
 *
 * Source: struct PidEnvID of HTCondor's pidenvid.h.
 */
import { fromBytes, toBytes } from '../../byte-text';

/** How a variable's name begins that marks a family. */
export const ANCESTOR_PREFIX = '_CONDOR_ANCESTOR_';

/** Entries that a record holds. */
export const ANCESTORS_MAX = 32;

/**
 * Bytes of an entry, at most. HTCondor's procd ends when it meets a process on the machine with one
 * that is longer.
 */
export const ANCESTOR_SIZE_MAX = 71;

const COUNT_SIZE = 4;
const SLOT_SIZE = 74;

/** Bytes of a record. */
export const ANCESTOR_RECORD_SIZE = COUNT_SIZE + ANCESTORS_MAX * SLOT_SIZE;

/** True for an entry `NAME=VALUE` that a record can hold. */
export function fitsAncestorRecord(entry: string): boolean {
  return !entry.includes('\0') && toBytes(entry).length <= ANCESTOR_SIZE_MAX;
}

/** The record of entries; undefined where they do not fit. */
export function encodeAncestors(entries: readonly string[]): Buffer | undefined {
  if (entries.length > ANCESTORS_MAX || !entries.every(fitsAncestorRecord)) return undefined;
  const bytes = Buffer.alloc(ANCESTOR_RECORD_SIZE);
  bytes.writeInt32LE(ANCESTORS_MAX, 0);
  for (const [index, entry] of entries.entries()) {
    const at = COUNT_SIZE + index * SLOT_SIZE;
    bytes.writeUInt8(1, at);
    bytes.set(toBytes(entry), at + 1);
  }
  return bytes;
}

/**
 * The entries of a record.
 *
 * @param bytes of {@link ANCESTOR_RECORD_SIZE}; the count in it is always the number of slots
 */
export function decodeAncestors(bytes: Buffer): readonly string[] {
  const entries: string[] = [];
  for (let at = COUNT_SIZE; at + SLOT_SIZE <= bytes.length; at += SLOT_SIZE) {
    if (bytes[at] === 0) continue;
    const slot = bytes.subarray(at + 1, at + SLOT_SIZE);
    const end = slot.indexOf(0);
    entries.push(fromBytes(end < 0 ? slot : slot.subarray(0, end)));
  }
  return entries;
}
