/**
 * Writes tar archives byte by byte, so that tests can have ones that no honest program makes.
 */

/** An entry; what is left out is an empty file with mode 0644. */
export interface WrittenEntry {
  readonly path: string;
  /** ustar's type flag: 0 file, 1 hard link, 2 symbolic link, 3 device, 5 directory, 6 FIFO. */
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly content?: string;
}

const BLOCK = 512;

/** A whole archive, with its end mark. */
export function tarOf(entries: readonly WrittenEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryBytes), Buffer.alloc(2 * BLOCK)]);
}

function entryBytes(entry: WrittenEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header(entry, content.length), content, padding]);
}

function header(entry: WrittenEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(entry.path, 0, 100, 'latin1');
  block.write(octal(entry.mode ?? 0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(86_400, 11), 136);
  block.write(entry.type ?? '0', 156);
  block.write(entry.link ?? '', 157, 100, 'latin1');
  block.write('ustar\0', 257);
  block.write('00', 263);
  return withChecksum(block);
}

/** Sets the checksum that a header block has to have. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
