/** The pipe that the reply to one request comes through. */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { makeFifo } from '../../kernel/border';
import { errnoText, thrownText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import { type ClientId, replyPipe } from '../wire';

const { O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;

/** Bytes that are read at once when procd is gone and what it left is taken. */
const REST_SIZE = 65536;

export class ReplyPipe {
  readonly #fd: number;
  readonly #socket: net.Socket;

  private constructor(
    private readonly path: string,
    readonly serial: number,
    fd: number,
  ) {
    this.#fd = fd;
    // A socket, because libuv then waits for the pipe with epoll; an fs stream would keep a thread.
    this.#socket = new net.Socket({ fd, readable: true, writable: false });
    this.#socket.on('error', () => undefined);
  }

  /**
   * Makes the pipe of a client.
   *
   * @param server who serves the address, where it may be somebody else than we are
   * @returns why it cannot be made
   */
  static make(address: string, client: ClientId, server?: number): Result<ReplyPipe, string> {
    const path = replyPipe(address, client);
    try {
      const made = makeAnew(path);
      if (made < 0) return err(`cannot make the pipe ${path}: ${errnoText(-made)}`);
      // Both ways: procd's end may close before another request's opens, and nothing ends by that.
      const fd = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
      if (server !== undefined) handOver(fd, server);
      return ok(new ReplyPipe(path, client.serial, fd));
    } catch (thrown) {
      return err(`cannot make the pipe ${path}: ${thrownText(thrown)}`);
    }
  }

  /** Gives pieces as they come. */
  onData(take: (bytes: Buffer) => void): void {
    this.#socket.on('data', take);
  }

  /** What is in the pipe at this moment. */
  rest(): Buffer {
    const buffer = Buffer.alloc(REST_SIZE);
    try {
      return buffer.subarray(0, fs.readSync(this.#fd, buffer));
    } catch {
      return buffer.subarray(0, 0); // EAGAIN: nothing
    }
  }

  /** Takes the pipe away. */
  close(): void {
    this.#socket.destroy();
    try {
      fs.unlinkSync(this.path);
    } catch {
      // Somebody else did.
    }
  }
}

/**
 * Lets an ordinary user's procd open the pipe of a client that is root. In a directory of that user's
 * another file could stand at the pipe's name by now: what is not ours alone is given to nobody.
 */
function handOver(fd: number, server: number): void {
  const own = process.geteuid?.() ?? 0;
  const facts = fs.fstatSync(fd);
  if (own !== 0 || server === own || facts.uid !== own) return;
  if (facts.isFIFO() && facts.nlink === 1) fs.fchownSync(fd, server, facts.gid);
}

/** What is at its name was of a process that had our pid. */
function makeAnew(path: string): number {
  const made = makeFifo(path, 0o600);
  if (made !== -os.constants.errno.EEXIST) return made;
  fs.unlinkSync(path);
  return makeFifo(path, 0o600);
}
