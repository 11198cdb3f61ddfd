/** The body of a file that goes: mode, size, chunks. Source: ReliSock::put_file_with_permissions. */
import { ok, type Result } from '../../result';
import type { CedarConnection, WireError } from '../cedar/types';
import { closeFile, readFully } from './descriptors';
import { CHUNK_SIZE, EMPTY_FILE, ERRNO, MISSING_FILE_MODE } from './protocol';
import type { FileError, OpenFile, ReadFile } from './types';
import { sendInt } from './wire';

type Sent = Result<void, WireError>;

/** What became of a file of which every announced byte was sent. */
export interface SentFile {
  readonly bytes: number;
  /** It could not be read to its end, or became shorter: zeros were sent instead. */
  readonly error: FileError | undefined;
}

/** Tells the receiver that there is no such file. */
export async function sendMissing(connection: CedarConnection): Promise<Sent> {
  return await all([
    sendInt(connection, MISSING_FILE_MODE),
    sendSizes(connection, 0, 1),
    sendInt(connection, EMPTY_FILE),
  ]);
}

/** Sends a file; an open one is closed. */
export async function sendFile(
  connection: CedarConnection,
  path: string,
  file: ReadFile,
  onBytes: (count: number) => void,
): Promise<Result<SentFile, WireError>> {
  if (file.kind === 'open') {
    const sent = await sendOpen(connection, path, file, onBytes);
    await closeFile(file.descriptor);
    return sent;
  }
  const { bytes } = file;
  const sent = await all([
    ...sendHead(connection, file.mode, bytes.length),
    bytes.length === 0 ? sendInt(connection, EMPTY_FILE) : connection.sendBytes(bytes),
  ]);
  if (!sent.ok) return sent;
  onBytes(bytes.length);
  return ok({ bytes: bytes.length, error: undefined });
}

function sendHead(connection: CedarConnection, mode: number, size: number): Promise<Sent>[] {
  return [sendInt(connection, mode), sendSizes(connection, size, CHUNK_SIZE)];
}

function sendSizes(connection: CedarConnection, size: number, chunk: number): Promise<Sent> {
  return connection.send((message) => message.int(size).int(chunk));
}

/** Messages go out in the order of the calls, so they need not wait for each other. */
async function all(sends: readonly Promise<Sent>[]): Promise<Sent> {
  const sent = await Promise.all(sends);
  return sent.find((one) => !one.ok) ?? ok(undefined);
}

/** Reads the next chunk while one is being sent. What cannot be read is sent as zeros. */
async function sendOpen(
  connection: CedarConnection,
  path: string,
  file: OpenFile,
  onBytes: (count: number) => void,
): Promise<Result<SentFile, WireError>> {
  const { descriptor, size } = file;
  const head = await all(sendHead(connection, file.mode, size));
  if (!head.ok) return head;
  const source = new ChunkSource(descriptor, size);
  let chunk = source.read(0);
  for (let at = 0; at < size; at += CHUNK_SIZE) {
    const bytes = await chunk;
    chunk = source.read(at + CHUNK_SIZE);
    const sent = await connection.sendBytes(bytes);
    if (!sent.ok) {
      await chunk;
      return sent;
    }
    onBytes(bytes.length);
  }
  await chunk;
  const { errno } = source;
  return ok({
    bytes: size,
    error: errno === undefined ? undefined : { call: 'read', path, errno },
  });
}

/** The chunks of a file of a size that was announced, in two buffers that take turns. */
class ChunkSource {
  /** Why zeros took the place of contents. */
  errno: number | undefined;
  private readonly buffers = [
    Buffer.allocUnsafeSlow(CHUNK_SIZE),
    Buffer.allocUnsafeSlow(CHUNK_SIZE),
  ] as const;

  constructor(
    private readonly descriptor: number,
    private readonly size: number,
  ) {}

  async read(at: number): Promise<Buffer> {
    const buffer = this.buffers[(at / CHUNK_SIZE) % 2 === 0 ? 0 : 1];
    const wanted = buffer.subarray(0, Math.max(0, Math.min(CHUNK_SIZE, this.size - at)));
    if (wanted.length === 0) return wanted;
    const filled = this.errno === undefined ? await readFully(this.descriptor, wanted, at) : ok(0);
    const length = filled.ok ? filled.value : 0;
    if (length < wanted.length) {
      this.errno ??= filled.ok ? ERRNO.ENODATA : filled.error;
      wanted.fill(0, length);
    }
    return wanted;
  }
}
