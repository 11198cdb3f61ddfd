/** A stream socket, read by counts of bytes and by deadlines. */
import net from 'node:net';

export class ByteReader {
  readonly #socket: net.Socket;
  #held = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  /** Nothing comes any more. */
  hasEnded = false;

  /** @param fd this object's from now on */
  constructor(fd: number) {
    this.#socket = new net.Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    this.#socket.on('data', (bytes: Buffer) => {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#wake();
    });
    const end = (): void => {
      this.hasEnded = true;
      this.#wake();
    };
    this.#socket.on('error', end).on('end', end).on('close', end);
  }

  /**
   * Waits until there are so many bytes, for the end, or until a time (Date.now()).
   *
   * @returns what is there then, and takes it; undefined: it was the time
   */
  async take(count: number, deadline: number): Promise<Buffer | undefined> {
    while (this.#held.length < count && !this.hasEnded) {
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** Resolves when the bytes have left this process, or cannot. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.hasEnded) return resolve();
      this.#socket.write(bytes, () => resolve());
      this.#socket.once('close', () => resolve());
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
