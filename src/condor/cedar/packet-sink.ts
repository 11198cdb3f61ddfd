/** Writes packets to a socket, in order, no faster than it takes them. */
import type net from 'node:net';

/** Packets that may be on their way to the system at once: one is written while one is encrypted. */
const AHEAD = 2;

/**
 * Bytes after which others get their turn. A socket that takes all at once calls back before the
 * event loop turns; and a command must be answered during a transfer.
 */
const TURN = 1024 * 1024;

/** Seconds for the peer to take a packet: as long as one with slow disks may be silent. */
const PATIENCE = 320;

/** What came of writing: undefined, or why it failed. */
type Outcome = Error | undefined;

export class PacketSink {
  private queue: Promise<unknown> = Promise.resolve();
  private sinceTurn = 0;

  /** @param patience seconds for the system, and so the peer, to take a packet */
  constructor(
    private readonly socket: net.Socket,
    private readonly patience = PATIENCE,
  ) {}

  /**
   * Writes packets after all that were given before.
   *
   * @param packets made one by one when it is their turn; each is the parts of a packet
   * @returns when the system has taken the last; what `packets` throws is thrown
   */
  write(packets: Iterable<readonly Buffer[]>): Promise<Outcome> {
    const turn = this.queue.then(() => this.writeAll(packets));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that was given so far is with the system, or has failed. */
  async flushed(): Promise<void> {
    await this.queue;
  }

  private async writeAll(packets: Iterable<readonly Buffer[]>): Promise<Outcome> {
    const onTheWay: Promise<Outcome>[] = [];
    for (const parts of packets) {
      if (this.sinceTurn > TURN) {
        this.sinceTurn = 0;
        await new Promise(setImmediate);
      }
      onTheWay.push(this.writePacket(parts));
      const failure = onTheWay.length < AHEAD ? undefined : await onTheWay.shift();
      if (failure !== undefined) return failure;
    }
    const outcomes = await Promise.all(onTheWay);
    return outcomes.find((outcome) => outcome !== undefined);
  }

  private writePacket(parts: readonly Buffer[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const stalled = `the peer took nothing for ${this.patience} seconds`;
      const limit = setTimeout(() => resolve(new Error(stalled)), this.patience * 1000);
      this.socket.cork();
      for (const [index, part] of parts.entries()) {
        this.sinceTurn += part.length;
        if (index < parts.length - 1) this.socket.write(part);
        else
          this.socket.write(part, (failure) => {
            clearTimeout(limit);
            resolve(failure ?? undefined);
          });
      }
      this.socket.uncork();
    });
  }
}
