import type { Buffer } from 'node:buffer';
import net from 'node:net';

/**
 * Reads records of `size` bytes from a pipe until its end. The descriptor is closed then.
 *
 * @param onRecord called with each record, in order.
 * @returns resolves at the end of the pipe. A record that is cut short by it is left out.
 */
export function readRecords(
  fd: number,
  size: number,
  onRecord: (bytes: Buffer) => void,
): Promise<void> {
  // A socket, because libuv then waits for the pipe with epoll; an fs stream would keep a thread
  // of its pool waiting in read(2).
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  let held: Buffer | undefined;
  pipe.on('data', (chunk) => {
    let bytes = held === undefined ? chunk : joined(held, chunk);
    while (bytes.length >= size) {
      onRecord(bytes.subarray(0, size));
      bytes = bytes.subarray(size);
    }
    held = bytes.length > 0 ? bytes : undefined;
  });
  return new Promise((resolve) => {
    // An error is an end as well: what the pipe said until then is all there is.
    pipe.on('error', () => undefined);
    pipe.on('close', () => resolve());
  });
}

function joined(first: Buffer, second: Buffer): Buffer {
  return globalThis.Buffer.concat([first, second]);
}
