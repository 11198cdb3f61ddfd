/**
 * Reads a tar archive entry by entry. What one entry says about the next (long names, pax records) is
 * put together here.
 */
import { ByteSource } from './byte-source';
import { BLOCK, parseHeader, parsePaxRecords, type TarHeader, type TarType } from './tar-header';

/** An entry that is something on disk. */
export interface TarEntry extends Omit<TarHeader, 'type'> {
  readonly type: Exclude<TarType, 'pax' | 'global pax' | 'long name' | 'long link'>;
  /** A file's content, to be read before the next entry is asked for; what is left is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** The archive is damaged, or of a kind that is not supported; the message is a clause with "it". */
export class TarError extends Error {}

/** No name or record in an honest archive comes near; more would fill the memory. */
const LONGEST_EXTENSION = 2 ** 20;

/** The entries of an archive. Throws {@link TarError}. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  let extensions = new Extensions();
  for (;;) {
    const header = await readHeader(source);
    if (header === undefined) return;
    const { type } = header;
    if (isExtension(type)) {
      extensions.add(type, await readExtension(source, header));
      continue;
    }
    const applied = extensions.applyTo(header);
    extensions = extensions.forNext();
    const padded = Math.ceil(applied.size / BLOCK) * BLOCK;
    const content = new EntryContent(source, applied.size, padded);
    yield { ...applied, type, content };
    await content.skipRest();
  }
}

function isExtension(
  type: TarType,
): type is Extract<TarType, 'pax' | 'global pax' | 'long name' | 'long link'> {
  return ['pax', 'global pax', 'long name', 'long link'].includes(type);
}

/** Undefined at the end of the archive: a block of zeroes. */
async function readHeader(source: ByteSource): Promise<TarHeader | undefined> {
  const block = await source.take(BLOCK);
  if (block === undefined)
    throw new TarError('it has no end: it was cut short, or is no tar archive');
  if (block.every((byte) => byte === 0)) return undefined;
  const header = parseHeader(block);
  if (!header.ok) throw new TarError(header.error);
  return header.value;
}

async function readExtension(source: ByteSource, { size, type }: TarHeader): Promise<Buffer> {
  if (size > LONGEST_EXTENSION) throw new TarError(`it has a ${type} header of ${size} bytes`);
  const content = await source.take(Math.ceil(size / BLOCK) * BLOCK);
  if (content === undefined) throw new TarError('it ends in the middle of an entry');
  return content.subarray(0, size);
}

/** What was said about the next entry, and about all that follow. */
class Extensions {
  readonly #global: Map<string, string>;
  readonly #next = new Map<string, string>();

  constructor(global: ReadonlyMap<string, string> = new Map()) {
    this.#global = new Map(global);
  }

  add(type: 'pax' | 'global pax' | 'long name' | 'long link', content: Buffer): void {
    if (type === 'long name' || type === 'long link') {
      const name = content.toString('latin1').replace(/\0[^]*$/, '');
      this.#next.set(type === 'long name' ? 'path' : 'linkpath', name);
      return;
    }
    const records = parsePaxRecords(content);
    if (records === undefined) throw new TarError('it has a damaged pax header');
    const target = type === 'pax' ? this.#next : this.#global;
    for (const [key, value] of records) target.set(key, value);
  }

  applyTo(header: TarHeader): TarHeader {
    const records = new Map([...this.#global, ...this.#next]);
    if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
      throw new TarError(`it has a sparse file (${header.path}), which is not supported`);
    }
    return {
      ...header,
      path: records.get('path') ?? header.path,
      linkTarget: records.get('linkpath') ?? header.linkTarget,
      size: header.type === 'file' ? paxNumber(records.get('size'), header.size) : header.size,
      modified: paxNumber(records.get('mtime'), header.modified),
    };
  }

  /** What still counts after an entry. */
  forNext(): Extensions {
    return new Extensions(this.#global);
  }
}

function paxNumber(value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || !Number.isSafeInteger(Math.trunc(number))) {
    throw new TarError(`it has a pax number that is none: "${value}"`);
  }
  return number;
}

/** The content of one entry, and the padding after it. */
class EntryContent implements AsyncIterable<Buffer> {
  readonly #source: ByteSource;
  #content: number;
  #padded: number;

  constructor(source: ByteSource, content: number, padded: number) {
    this.#source = source;
    this.#content = content;
    this.#padded = padded;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const piece of this.#source.pieces(this.#content)) {
      this.#content -= piece.length;
      this.#padded -= piece.length;
      yield piece;
    }
    if (this.#content > 0) throw new TarError('it ends in the middle of a file');
  }

  async skipRest(): Promise<void> {
    for await (const piece of this.#source.pieces(this.#padded)) this.#padded -= piece.length;
    if (this.#padded > 0) throw new TarError('it ends in the middle of a file');
  }
}
