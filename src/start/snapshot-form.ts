/**
 * The form of a start-up snapshot, as far as it concerns us: that of SnapshotData::ToBlob() in node's
 * src/node_snapshotable.cc. Numbers have 64 bits, little-endian on every machine that we build for;
 * the last part is the count of node's own modules and, for each, the length of its name, the name,
 * the length of its bytecode, the bytecode.
 */

/** Bytes of a number. */
export const NUMBER = 8;
/** Node has some 330 modules. */
const MODULES = { least: 100, most: 5000 };
const NAME_MAX = 200;
const MODULE_NAME = /^[a-z_][\w/.-]*$/;

/** Begins every snapshot: kMagic. */
const MAGIC = 0x143da19;

/** Where V8's own part lies, which node keeps in memory; undefined: the file has another form. */
export function findHeap(snapshot: Buffer): { start: number; end: number } | undefined {
  if (snapshot.length < 64 || snapshot.readUInt32LE(0) !== MAGIC) return undefined;
  // After the magic number a byte for the kind, and node's version, architecture and platform.
  let at = 5;
  for (let text = 0; text < 3; text++) {
    const length = number(snapshot, at);
    if (length > NAME_MAX) return undefined;
    at += NUMBER + length;
  }
  // Two numbers of 32 bits for V8's version and flags, and one for the length.
  const start = at + 3 * 4;
  if (start > snapshot.length) return undefined;
  const end = start + snapshot.readUInt32LE(start - 4);
  return end <= snapshot.length ? { start, end } : undefined;
}

/** Where the last part begins; undefined: the file has another form. */
export function findBytecode(snapshot: Buffer): number | undefined {
  const last = snapshot.length - 2 * NUMBER;
  for (let at = 0; at <= last; at++) {
    // Looked at first, because it rules out almost every place.
    const name = number(snapshot, at + NUMBER);
    if (name >= 1 && name <= NAME_MAX && isBytecode(snapshot, at)) return at;
  }
  return undefined;
}

/** Whether a count and as many modules stand there, up to the end of the file and not beyond. */
function isBytecode(snapshot: Buffer, start: number): boolean {
  const count = number(snapshot, start);
  if (count < MODULES.least || count > MODULES.most) return false;
  let at = start + NUMBER;
  for (let module = 0; module < count; module++) {
    const name = number(snapshot, at);
    if (name < 1 || name > NAME_MAX) return false;
    at += NUMBER;
    if (!MODULE_NAME.test(snapshot.toString('latin1', at, at + name))) return false;
    at += name + NUMBER + number(snapshot, at + name);
  }
  return at === snapshot.length;
}

/** A number; one that is beyond the end or too large for any length counts as the largest. */
function number(bytes: Buffer, at: number): number {
  if (at + NUMBER > bytes.length || bytes.readUInt32LE(at + 4) !== 0) return 2 ** 32;
  return bytes.readUInt32LE(at);
}
