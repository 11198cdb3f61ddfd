/**
 * Requests as they come through the pipe.
 *
 * A client writes a request in one piece, and the kernel mixes no such pieces. But a client may write
 * a part of a request and the rest never, or bytes that are no request at all. Where bytes begin as a
 * request of a client who waits for a reply, a request begins, whatever was before: so nobody loses a
 * request by what somebody else has written.
 */
import net from 'node:net';
import { type Arrival, type ClientId, type Dialect, RequestParser } from '../wire';

/** Bytes of pid, serial and command. */
const HEADER_SIZE = 12;
/** PID_MAX_LIMIT of 64-bit kernels, linux/threads.h. */
const PID_LIMIT = 4_194_304;
/** Milliseconds that the rest of a request may take. */
const REST_AFTER = 1000;

export class RequestPipe {
  readonly #parser: RequestParser;
  readonly #pipes: net.Socket[] = [];
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param isWaiting whether a client waits for its reply now
   */
  constructor(
    private readonly dialect: Dialect,
    private readonly isWaiting: (client: ClientId) => boolean,
    private readonly arrived: (arrival: Arrival) => void,
  ) {
    this.#parser = new RequestParser(dialect);
  }

  /** Reads a pipe from now on, beside those that it reads already. */
  read(fd: number): void {
    const pipe = new net.Socket({ fd, readable: true, writable: false });
    pipe.on('data', (bytes: Buffer) => this.take(bytes));
    // Our own end for writing keeps it open.
    pipe.on('error', () => undefined);
    this.#pipes.push(pipe);
  }

  /** Leaves what comes in the pipe, where its writers wait; or goes on. */
  pause(paused: boolean): void {
    for (const pipe of this.#pipes) {
      if (paused) pipe.pause();
      else pipe.resume();
    }
  }

  /** Takes what was in the pipe. */
  take(bytes: Buffer): void {
    clearTimeout(this.#timer);
    for (const piece of this.#pieces(bytes)) {
      if (this.#parser.isWaiting && this.#begins(piece)) this.#tell(this.#parser.pipeIsEmpty());
      this.#tell(this.#parser.push(piece));
      if (this.#parser.isSkipping) this.#tell(this.#parser.pipeIsEmpty());
    }
    if (!this.#parser.isWaiting) return;
    this.#timer = setTimeout(() => this.#tell(this.#parser.pipeIsEmpty()), REST_AFTER);
  }

  /** The bytes, cut where requests begin. */
  *#pieces(bytes: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = 1; at < bytes.length; at += 1) {
      if (!this.#begins(bytes.subarray(at))) continue;
      yield bytes.subarray(start, at);
      start = at;
    }
    yield bytes.subarray(start);
  }

  #begins(bytes: Buffer): boolean {
    if (bytes.length < HEADER_SIZE) return false;
    const client = { pid: bytes.readInt32LE(0), serial: bytes.readInt32LE(4) };
    const command = bytes.readInt32LE(8);
    const isPlausible = client.pid > 0 && client.pid <= PID_LIMIT && client.serial >= 0;
    return isPlausible && this.dialect.commands[command] !== undefined && this.isWaiting(client);
  }

  #tell(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) this.arrived(arrival);
  }
}
