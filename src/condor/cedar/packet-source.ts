/** What comes from a socket, as packets, asked for one by one. */
import type net from 'node:net';
import { type Packet, PacketReader } from './packets';

/** Bytes that may wait while nobody asks; then the peer has to. */
const HELD_LIMIT = 256 * 1024;

const MILLISECONDS = 1000;

/** Node's timers take 31 bits of milliseconds, which are 24 days; more would be no time at all. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The peer said nothing for as long as was waited. */
export const SILENCE = Symbol('silence');

export class PacketSource {
  private readonly packets = new PacketReader();
  private wake: (() => void) | undefined;
  private ended = false;

  constructor(private readonly socket: net.Socket) {
    // Read also while nobody asks: else the end of a peer that says nothing would not be noticed.
    socket.on('data', (chunk: Buffer) => this.feed(chunk));
  }

  /** No more will come. What is there can still be taken. */
  end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** Forgets what is there, too. */
  clear(): void {
    this.packets.clear();
    this.end();
  }

  /** The next packet if it is there. See {@link PacketReader.next}. */
  take(limit: number | undefined): Packet | undefined {
    return this.packets.next(limit);
  }

  /**
   * Waits until more has come.
   *
   * @param patience seconds; undefined: for ever
   * @returns false: nothing more will come
   */
  async more(patience: number | undefined): Promise<boolean | typeof SILENCE> {
    if (this.ended) return false;
    return await new Promise((resolve) => {
      const wake = (outcome: true | typeof SILENCE): void => {
        clearTimeout(wait);
        this.wake = undefined;
        resolve(outcome);
      };
      const wait =
        patience === undefined
          ? undefined
          : setTimeout(wake, Math.min(patience * MILLISECONDS, LONGEST_TIMEOUT), SILENCE);
      this.wake = () => wake(true);
      if (this.socket.isPaused()) this.socket.resume();
    });
  }

  private feed(chunk: Buffer): void {
    this.packets.feed(chunk);
    if (this.wake !== undefined) this.wake();
    else if (this.packets.held > HELD_LIMIT) this.socket.pause();
  }
}
