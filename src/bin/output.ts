/**
 * Standard output and standard error of a command, written synchronously.
 *
 * `process.stdout` and `process.stderr` stay untouched: where the stream is a pipe, Node makes it
 * non-blocking, and that flag belongs to the pipe and not to us. A job that inherits the stream
 * would suddenly get EAGAIN from its writes.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { TextOutput } from './options/types';

/** A standard stream, and how it went. */
export interface StandardOutput extends TextOutput {
  /** The first write that failed, but for a reader that has gone; undefined: none. */
  failure(): Error | undefined;
}

/** Milliseconds to wait for room in a pipe that somebody else made non-blocking. */
const RETRY_AFTER = 2;

/** The stream behind a descriptor. Once a write failed, what is written later is dropped. */
export function standardOutput(fd: number): StandardOutput {
  let open = true;
  let failure: Error | undefined;
  return {
    write(text) {
      if (!open) return false;
      try {
        writeWhole(fd, Buffer.from(text));
      } catch (error) {
        open = false;
        if (!isErrno(error, 'EPIPE')) failure = error as Error;
      }
      return open;
    },
    failure: () => failure,
    get isTTY() {
      return isatty(fd);
    },
  };
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_AFTER);
    }
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
