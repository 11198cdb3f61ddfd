/**
 * Replies, each into the pipe that its client has made for it.
 *
 * The name of that pipe can be foretold, and procd may be root: so nothing is followed, and what is
 * there must be a pipe of the clients' owner. A client that does not read costs its own reply and
 * nothing else: what does not fit into the pipe waits for a time, and only so many bytes wait in all.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import net from 'node:net';
import { type ClientId, replyPipe } from '../wire';
import type { ProcdLog } from './procd-log';

/** How much waits for clients to read, and how long. */
export interface ReplyLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

const LIMITS: ReplyLimits = { bytes: 64 * 2 ** 20, milliseconds: 30_000 };

export class ReplyPipes {
  #waiting = 0;

  constructor(
    private readonly address: string,
    private readonly owner: number,
    private readonly log: ProcdLog,
    private readonly limits = LIMITS,
  ) {}

  /** Sends a reply, or drops it where nobody waits for it. Never waits, never throws. */
  send(client: ClientId, reply: Buffer): void {
    const path = replyPipe(this.address, client);
    const fd = this.#open(path);
    if (fd === undefined) return;
    const rest = this.#write(fd, path, reply);
    if (rest === undefined) closeSync(fd);
    else this.#later(fd, path, rest);
  }

  /** Whether a client is waiting there for a reply: what shows a request's header to be one. */
  isThere(client: ClientId): boolean {
    const fd = this.#open(replyPipe(this.address, client), true);
    if (fd !== undefined) closeSync(fd);
    return fd !== undefined;
  }

  #open(path: string, quietly = false): number | undefined {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    let fd: number;
    try {
      fd = openSync(path, flags);
    } catch (error) {
      // ENXIO: the client has gone, and its pipe has been left behind.
      if (!quietly) this.log.line(`no reply through ${path}: ${(error as Error).message}`);
      return undefined;
    }
    const stats = fstatSync(fd);
    if (stats.isFIFO() && (stats.uid === this.owner || stats.uid === 0)) return fd;
    closeSync(fd);
    if (!quietly) {
      const what = stats.isFIFO() ? `it belongs to user ${stats.uid}` : 'it is no pipe';
      this.log.line(`no reply through ${path}: ${what}`);
    }
    return undefined;
  }

  /** Gives what did not fit; undefined: all is written, or nobody reads any more. */
  #write(fd: number, path: string, reply: Buffer): Buffer | undefined {
    try {
      const written = writeSync(fd, reply);
      return written === reply.length ? undefined : reply.subarray(written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return reply;
      this.log.line(`no reply through ${path}: ${(error as Error).message}`);
      return undefined;
    }
  }

  #later(fd: number, path: string, rest: Buffer): void {
    if (this.#waiting + rest.length > this.limits.bytes) {
      this.log.line(
        `the reply through ${path} is cut off: too many bytes wait for clients to read`,
      );
      closeSync(fd);
      return;
    }
    this.#waiting += rest.length;
    const pipe = new net.Socket({ fd, readable: false, writable: true });
    const timer = setTimeout(() => {
      this.log.line(`the reply through ${path} is cut off: its client does not read`);
      pipe.destroy();
    }, this.limits.milliseconds);
    pipe.on('error', () => undefined);
    pipe.on('close', () => {
      clearTimeout(timer);
      this.#waiting -= rest.length;
    });
    pipe.end(rest);
  }
}
