/** Reading and writing open files on libuv's threads; errors are values. */
import fs from 'node:fs';
import { err, ok, type Result } from '../../result';
import { ERRNO } from './protocol';

/** Linux's number of a failed call of node's. */
function errnoOf(error: NodeJS.ErrnoException): number {
  return error.errno === undefined ? ERRNO.EIO : Math.abs(error.errno);
}

/** Writes all of a buffer where the file stands; an errno on failure. */
export async function writeAll(descriptor: number, bytes: Buffer): Promise<Result<void, number>> {
  for (let at = 0; at < bytes.length;) {
    const written = await write(descriptor, bytes, at);
    if (!written.ok) return written;
    // Nothing written is no error of the system; without progress this would go on for ever.
    if (written.value === 0) return err(ERRNO.EIO);
    at += written.value;
  }
  return ok(undefined);
}

function write(descriptor: number, bytes: Buffer, at: number): Promise<Result<number, number>> {
  return new Promise((resolve) => {
    fs.write(descriptor, bytes, at, bytes.length - at, null, (error, count) =>
      resolve(error === null ? ok(count) : err(errnoOf(error))),
    );
  });
}

/** Fills a buffer from a place of the file; gives the bytes that were there. */
export async function readFully(
  descriptor: number,
  buffer: Buffer,
  position: number,
): Promise<Result<number, number>> {
  let filled = 0;
  while (filled < buffer.length) {
    const got = await read(descriptor, buffer, filled, position + filled);
    if (!got.ok) return got;
    if (got.value === 0) break;
    filled += got.value;
  }
  return ok(filled);
}

function read(
  descriptor: number,
  buffer: Buffer,
  at: number,
  position: number,
): Promise<Result<number, number>> {
  return new Promise((resolve) => {
    fs.read(descriptor, buffer, at, buffer.length - at, position, (error, count) =>
      resolve(error === null ? ok(count) : err(errnoOf(error))),
    );
  });
}

/** Closes; an error may be that of a write that went before (NFS, quotas). */
export function closeFile(descriptor: number): Promise<Result<void, number>> {
  return new Promise((resolve) => {
    fs.close(descriptor, (error) => resolve(error ? err(errnoOf(error)) : ok(undefined)));
  });
}
