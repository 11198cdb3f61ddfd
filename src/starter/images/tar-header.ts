/**
 * Headers of tar archives: the ustar and pax formats of POSIX (pax(1p), "ustar Interchange Format") and
 * GNU tar's long names and large numbers.
 *
 * Names are kept byte for byte, as "binary" strings: a character for each byte.
 */
import { err, ok, type Result } from '../../result';

/** Size of a header, and of the blocks in which contents are stored. */
export const BLOCK = 512;

/** What an entry is; `extension` entries tell about the next one. */
export type TarType =
  | 'file'
  | 'directory'
  | 'symbolic link'
  | 'hard link'
  | 'device'
  | 'FIFO'
  | 'pax'
  | 'global pax'
  | 'long name'
  | 'long link';

/** One header. */
export interface TarHeader {
  readonly type: TarType;
  readonly path: string;
  /** Permission bits, 0–07777. */
  readonly mode: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly linkTarget: string;
}

const TYPES: Readonly<Record<string, TarType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hard link',
  '2': 'symbolic link',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'FIFO',
  x: 'pax',
  g: 'global pax',
  L: 'long name',
  K: 'long link',
};

/** Entries that have contents; of others the size field means nothing. */
const WITH_CONTENT: ReadonlySet<TarType> = new Set([
  'file',
  'pax',
  'global pax',
  'long name',
  'long link',
]);

/** Reads a header block; the error says what is wrong with it. */
export function parseHeader(block: Buffer): Result<TarHeader, string> {
  if (checksum(block) !== number(block, 148, 8)) {
    return err('it is not a tar archive, or damaged');
  }
  const flag = block.toString('latin1', 156, 157);
  const known = TYPES[flag];
  if (known === undefined) {
    return err(`it has an entry of type "${flag}", which is not supported`);
  }
  const path = fullName(block);
  const type = known === 'file' && path.endsWith('/') ? 'directory' : known;
  const size = number(block, 124, 12);
  const mode = number(block, 100, 8);
  const modified = number(block, 136, 12);
  if (size === undefined || mode === undefined || modified === undefined) {
    return err(`the entry ${path} has a damaged number`);
  }
  return ok({
    type,
    path,
    mode: mode & 0o7777,
    size: WITH_CONTENT.has(type) ? size : 0,
    modified,
    linkTarget: text(block, 157, 100),
  });
}

/** ustar splits a long path at a slash; GNU tar's magic has other things in that place. */
function fullName(block: Buffer): string {
  const name = text(block, 0, 100);
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The sum of all bytes, those of the checksum field counting as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) {
    if (index < 148 || index >= 156) sum += byte;
  }
  return sum;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.toString('latin1', start, start + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

/** Octal digits; or, with the first bit set, a number in base 256, which GNU tar writes. */
function number(block: Buffer, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = text(block, start, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/**
 * The records of a pax header: `LENGTH KEY=VALUE\n`, LENGTH counting the whole record.
 *
 * @returns undefined where a record is damaged
 */
export function parsePaxRecords(content: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  let rest = content.toString('latin1');
  while (rest !== '') {
    const length = Number(/^(\d{1,9}) /.exec(rest)?.[1] ?? 0);
    const record = rest.slice(0, length);
    const [, key, value] = /^\d+ ([^=]+)=([^]*)\n$/.exec(record) ?? [];
    if (record.length !== length || key === undefined || value === undefined) return undefined;
    records.set(key, value);
    rest = rest.slice(length);
  }
  return records;
}
