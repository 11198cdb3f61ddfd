/** The body of a file that comes: mode, size, chunks. Source: ReliSock::get_file_with_permissions. */
import { err, ok, type Result } from '../../result';
import type { CedarConnection, WireError } from '../cedar/types';
import { closeFile, writeAll } from './descriptors';
import { FileWriter } from './file-writer';
import type { FileWork } from './file-work';
import { CHUNK_LIMIT, EMPTY_FILE, MISSING_FILE_MODE, MODE_MASK } from './protocol';
import { type FileError, type SandboxFiles, SMALL_FILE_MAX } from './types';
import { nonsense, PATIENCE, receiveInt, receiveMessage } from './wire';

/** Files up to this size are held in memory and written while the next ones come. */
const SMALL_FILE = 256 * 1024;

/** Where a file goes. */
export interface FileTarget {
  readonly files: SandboxFiles;
  readonly work: FileWork;
  /** Relative to the sandbox; undefined: it is read and thrown away. */
  readonly path: string | undefined;
  /** Instead of the mode that is sent. */
  readonly mode: number | undefined;
  /** Told of bytes that came. */
  readonly onBytes: (count: number) => void;
}

/** What came. */
interface FileHead {
  readonly mode: number;
  readonly size: number;
  readonly chunk: number;
}

/**
 * Receives a file. What fails in the sandbox is noted in the target's work and the file is read to
 * its end all the same.
 *
 * @returns whether the sender had it
 */
export async function receiveFile(
  connection: CedarConnection,
  target: FileTarget,
): Promise<Result<boolean, WireError>> {
  const head = await receiveHead(connection);
  if (!head.ok) return head;
  const { mode, size } = head.value;
  if (mode === MISSING_FILE_MODE) {
    const end = await receiveEmpty(connection, size);
    return end.ok ? ok(false) : end;
  }
  const kept = target.mode ?? (mode === 0 ? undefined : mode & MODE_MASK);
  const body =
    size <= SMALL_FILE
      ? await receiveSmall(connection, target, head.value, kept)
      : await receiveLarge(connection, target, head.value, kept);
  return body.ok ? ok(true) : body;
}

/**
 * Receives a file that comes without a mode, into memory: ReliSock::get_file.
 *
 * @param limit bytes; a longer one is an error
 */
export async function receiveBareFile(
  connection: CedarConnection,
  limit: number,
): Promise<Result<Buffer, WireError>> {
  const sizes = await receiveSizes(connection);
  if (!sizes.ok) return sizes;
  const { chunk, size } = sizes.value;
  if (size > limit) return err(nonsense(connection, `a file of ${size} bytes was announced`));
  const pieces: Buffer[] = [];
  const came = await receiveContents(connection, { mode: 0, size, chunk }, (piece) => {
    pieces.push(Buffer.from(piece));
  });
  return came.ok ? ok(Buffer.concat(pieces)) : came;
}

async function receiveHead(connection: CedarConnection): Promise<Result<FileHead, WireError>> {
  const mode = await receiveInt(connection);
  if (!mode.ok) return mode;
  const sizes = await receiveSizes(connection);
  return sizes.ok ? ok({ mode: mode.value, ...sizes.value }) : sizes;
}

async function receiveSizes(
  connection: CedarConnection,
): Promise<Result<Omit<FileHead, 'mode'>, WireError>> {
  const sizes = await receiveMessage(connection, (message) => [message.int(), message.int()]);
  if (!sizes.ok) return sizes;
  const [size = 0, chunk = 0] = sizes.value;
  if (size < 0 || (size > 0 && (chunk < 1 || chunk > CHUNK_LIMIT))) {
    const what = `a file of ${size} bytes in chunks of ${chunk} was announced`;
    return err(nonsense(connection, what));
  }
  return ok({ size, chunk });
}

async function receiveEmpty(
  connection: CedarConnection,
  size: number,
): Promise<Result<void, WireError>> {
  if (size !== 0) return err(nonsense(connection, `a missing file of ${size} bytes was announced`));
  const end = await receiveInt(connection);
  if (!end.ok) return end;
  if (end.value === EMPTY_FILE) return ok(undefined);
  const what = `${EMPTY_FILE} was expected after an empty file, ${end.value} came`;
  return err(nonsense(connection, what));
}

async function receiveSmall(
  connection: CedarConnection,
  { files, work, path, onBytes }: FileTarget,
  head: FileHead,
  mode: number | undefined,
): Promise<Result<void, WireError>> {
  const bytes = Buffer.allocUnsafe(path === undefined ? 0 : head.size);
  let filled = 0;
  const came = await receiveContents(connection, head, (piece) => {
    if (path !== undefined) filled += piece.copy(bytes, filled);
    onBytes(piece.length);
  });
  if (!came.ok || path === undefined) return came;
  await work.begin(bytes.length, () => makeFile(files, path, mode, bytes));
  return came;
}

/** Makes a file that is in memory; see {@link SandboxFiles.createFile} for its mode. */
export async function makeFile(
  files: SandboxFiles,
  path: string,
  mode: number | undefined,
  bytes: Buffer,
): Promise<FileError | undefined> {
  if (bytes.length <= SMALL_FILE_MAX) {
    const small = await files.writeFile(path, mode, bytes);
    return small.ok ? undefined : small.error;
  }
  const made = await files.createFile(path, mode);
  if (!made.ok) return made.error;
  const written = await writeAll(made.value, bytes);
  const closed = await closeFile(made.value);
  if (!written.ok) return { call: 'write', path, errno: written.error };
  return closed.ok ? undefined : { call: 'close', path, errno: closed.error };
}

async function receiveLarge(
  connection: CedarConnection,
  { files, work, path, onBytes }: FileTarget,
  head: FileHead,
  mode: number | undefined,
): Promise<Result<void, WireError>> {
  const made = path === undefined ? undefined : await files.createFile(path, mode);
  if (made?.ok === false) work.note(made.error);
  const writer = made?.ok === true ? new FileWriter(made.value) : undefined;
  const came = await receiveContents(connection, head, (piece) => {
    onBytes(piece.length);
    return writer?.put(piece);
  });
  const errno = await writer?.finish();
  if (errno !== undefined && path !== undefined) work.note({ call: 'write', path, errno });
  return came;
}

async function receiveContents(
  connection: CedarConnection,
  { size, chunk }: FileHead,
  onPiece: (piece: Buffer) => void | Promise<void>,
): Promise<Result<void, WireError>> {
  if (size === 0) return await receiveEmpty(connection, 0);
  for (let left = size; left > 0; left -= chunk) {
    const length = Math.min(chunk, left);
    const came = await connection.receiveBytes(length, onPiece, { timeout: PATIENCE });
    if (!came.ok) return came;
  }
  return ok(undefined);
}
