/**
 * Standard output and standard error of a command, written synchronously.
 *
 * Node's own `process.stdout` and `process.stderr` are never opened: where the stream is a pipe,
 * they make it non-blocking, and that flag belongs to the pipe and not to us. A job that inherits
 * the stream would suddenly get EAGAIN from its writes.
 */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { toBytes } from '../byte-text';
import type { TextOutput } from './options/types';

/** A standard stream, and how it went. */
export interface StandardOutput extends TextOutput {
  write(text: string | Uint8Array): boolean;
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
        writeWhole(fd, typeof text === 'string' ? toBytes(text) : text);
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

/**
 * Whether text may be coloured: on a terminal that is not TERM=dumb, where NO_COLOR is unset or
 * empty (no-color.org). The log goes by the same rule.
 */
export function mayColour(output: TextOutput, environment: NodeJS.ProcessEnv): boolean {
  return output.isTTY && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

/**
 * Puts streams of this kind in the place of `process.stdout` and `process.stderr`. It is not enough
 * to leave those two alone: libraries ask them for their colours, and Node itself looks at them
 * whenever a stream is piped or a socket closed.
 */
export function replaceProcessStreams(stdout: StandardOutput, stderr: StandardOutput): void {
  for (const [name, output] of Object.entries({ stdout, stderr })) {
    let stream: Writable | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (stream ??= writableTo(output)),
    });
  }
}

function writableTo(output: StandardOutput): Writable {
  const stream = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      output.write(chunk);
      done();
    },
  });
  return Object.assign(stream, { isTTY: output.isTTY });
}

function writeWhole(fd: number, bytes: Uint8Array): void {
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
