/**
 * Unpacks the archive of an image into a new directory.
 *
 * An archive comes from anywhere. Nothing of it is placed through a link or above the directory, no
 * device nodes are made, no set-id bits are kept, and others than the owner can change nothing but in
 * sticky directories. All files belong to whoever unpacks. Nobody else can reach the directory
 * meanwhile: what is looked at and then used stays as it was.
 */
import fs from 'node:fs';
import { err, ok, type Result } from '../../result';
import { openArchive } from './open-archive';
import { readTar, TarError, type TarEntry } from './tar-reader';

/** What was unpacked. */
export interface UnpackReport {
  readonly entries: number;
  /** Device nodes and FIFOs, which were left out. */
  readonly leftOut: number;
  /** Files whose set-user-id or set-group-id bit was dropped. */
  readonly setIdDropped: number;
}

const STICKY = 0o1000;
const SET_ID = 0o6000;
const WRITABLE_BY_OTHERS = 0o022;
/** While unpacking, so that contents can be placed whatever the archive says of a directory. */
const OPEN_TO_OWNER = 0o700;

/**
 * Unpacks an archive.
 *
 * @param archive a tar archive, compressed with gzip or not at all
 * @param directory exists, empty, closed to everybody else
 */
export async function unpackArchive(
  archive: string,
  directory: string,
): Promise<Result<UnpackReport, string>> {
  const chunks = openArchive(archive);
  if (!chunks.ok) return chunks;
  const unpacking = new Unpacking(directory);
  try {
    for await (const entry of readTar(chunks.value)) await unpacking.place(entry);
    return ok(unpacking.finish());
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return err(`Cannot unpack ${archive}: ${reason}`);
  }
}

class Unpacking {
  readonly #root: string;
  /** Paths of directories that are known to be real ones. */
  readonly #directories = new Set<string>(['']);
  /** Modes that directories get once everything is in them. */
  readonly #modes = new Map<string, number>();
  #entries = 0;
  #leftOut = 0;
  #setIdDropped = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async place(entry: TarEntry): Promise<void> {
    const names = namesOf(entry.path);
    this.#entries += 1;
    if (names.length === 0) return;
    this.#makeParents(names);
    const target = this.#pathOf(names);
    switch (entry.type) {
      case 'directory':
        this.#placeDirectory(names, entry.mode);
        break;
      case 'file':
        this.#clear(target, names);
        await placeFile(target, entry, this.#modeOf(entry.mode));
        break;
      case 'symbolic link':
        this.#clear(target, names);
        fs.symlinkSync(bytes(entry.linkTarget), target);
        break;
      case 'hard link': {
        const original = this.#originalOf(entry);
        this.#clear(target, names);
        fs.linkSync(original, target);
        break;
      }
      case 'device':
      case 'FIFO':
        this.#leftOut += 1;
        break;
    }
  }

  /** Gives directories their modes, innermost first, and says what was done. */
  finish(): UnpackReport {
    for (const [name, mode] of [...this.#modes].reverse()) {
      fs.chmodSync(this.#pathOf([name]), mode);
    }
    return {
      entries: this.#entries,
      leftOut: this.#leftOut,
      setIdDropped: this.#setIdDropped,
    };
  }

  #pathOf(names: readonly string[]): Buffer {
    return Buffer.concat([Buffer.from(`${this.#root}/`), bytes(names.join('/'))]);
  }

  /** Every directory on the way must be one, and no link to one. */
  #makeParents(names: readonly string[]): void {
    for (let count = 1; count < names.length; count += 1) {
      const parent = names.slice(0, count).join('/');
      if (!this.#directories.has(parent)) this.#placeDirectory(names.slice(0, count), 0o755);
    }
  }

  #placeDirectory(names: readonly string[], mode: number): void {
    const name = names.join('/');
    const target = this.#pathOf(names);
    const there = fs.lstatSync(target, { throwIfNoEntry: false });
    if (there !== undefined && !there.isDirectory()) {
      throw new TarError(`it has ${shown(name)} as a directory and as something else`);
    }
    if (there === undefined) fs.mkdirSync(target, OPEN_TO_OWNER);
    this.#directories.add(name);
    // The last word counts, and innermost first is the reverse of the order of first mention.
    this.#modes.set(name, this.#modeOf(mode, true));
  }

  /** An archive may have a file twice: the later one replaces the earlier one, never writes into it. */
  #clear(target: Buffer, names: readonly string[]): void {
    const there = fs.lstatSync(target, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) {
      throw new TarError(`it has ${shown(names.join('/'))} as a directory and as something else`);
    }
    if (there !== undefined) fs.unlinkSync(target);
  }

  /** What a hard link leads to: an entry that was placed before. */
  #originalOf(entry: TarEntry): Buffer {
    const names = namesOf(entry.linkTarget);
    const isPlaced = this.#directories.has(names.slice(0, -1).join('/'));
    const original = this.#pathOf(names);
    const there = isPlaced ? fs.lstatSync(original, { throwIfNoEntry: false }) : undefined;
    if (there === undefined || there.isDirectory()) {
      throw new TarError(
        `the hard link ${shown(entry.path)} leads to ${shown(entry.linkTarget)}, which is no file in it`,
      );
    }
    return original;
  }

  #modeOf(mode: number, isDirectory = false): number {
    if ((mode & SET_ID) !== 0 && !isDirectory) this.#setIdDropped += 1;
    const isOpenToAll = isDirectory && (mode & STICKY) !== 0;
    return mode & ~SET_ID & (isOpenToAll ? 0o1777 : 0o777 & ~WRITABLE_BY_OTHERS);
  }
}

async function placeFile(target: Buffer, entry: TarEntry, mode: number): Promise<void> {
  const fd = fs.openSync(target, 'wx', 0o600);
  try {
    for await (const piece of entry.content) writeAll(fd, piece);
    fs.fchmodSync(fd, mode);
    // Compiled Python, caches of the loader and more compare times.
    fs.futimesSync(fd, entry.modified, entry.modified);
  } finally {
    fs.closeSync(fd);
  }
}

function writeAll(fd: number, piece: Buffer): void {
  for (let written = 0; written < piece.length;) {
    written += fs.writeSync(fd, piece, written);
  }
}

/** The components of a path in an archive; those of an absolute one are taken below the image. */
function namesOf(entryPath: string): readonly string[] {
  const names = entryPath.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..') || entryPath.includes('\0')) {
    throw new TarError(`it has the path ${shown(entryPath)}, which leads out of it`);
  }
  return names;
}

/** A name's own bytes. */
function bytes(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

function shown(name: string): string {
  return JSON.stringify(bytes(name).toString('utf8'));
}
