/**
 * Opens a tar archive, uncompressed or compressed with gzip.
 */
import fs from 'node:fs';
import zlib from 'node:zlib';
import { thrownText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';

/** Compressions that Node 20 cannot undo, by their first bytes, and the program that can. */
const OTHER_COMPRESSIONS: readonly { readonly magic: Buffer; readonly program: string }[] = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), program: 'xz' },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), program: 'zstd' },
  { magic: Buffer.from('BZh'), program: 'bzip2' },
];
const GZIP = Buffer.from([0x1f, 0x8b]);
const LONGEST_MAGIC = 6;

/** The bytes of the tar archive in a file, in chunks. */
export function openArchive(file: string): Result<AsyncIterable<Buffer>, string> {
  let start: Buffer;
  try {
    start = readStart(file);
  } catch (thrown) {
    return err(`Cannot read ${file}: ${thrownText(thrown)}`);
  }
  const other = OTHER_COMPRESSIONS.find(({ magic }) => startsWith(start, magic));
  if (other !== undefined) {
    return err(`Cannot unpack ${file}: undo its compression first: ${other.program} -d ${file}`);
  }
  const stream = fs.createReadStream(file);
  if (!startsWith(start, GZIP)) return ok(stream);
  const unzipped = zlib.createGunzip();
  stream.on('error', (error) => unzipped.destroy(error));
  return ok(stream.pipe(unzipped));
}

function readStart(file: string): Buffer {
  const fd = fs.openSync(file, 'r');
  try {
    const start = Buffer.alloc(LONGEST_MAGIC);
    return start.subarray(0, fs.readSync(fd, start));
  } finally {
    fs.closeSync(fd);
  }
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}
