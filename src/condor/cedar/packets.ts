/**
 * Packets, of which messages are made: a byte that is 1 in the last packet of a message, the length
 * of the body in four bytes, big end first, and the body. Rules: ReliSock::RcvMsg::rcv_packet() and
 * SndMsg::snd_packet() of HTCondor's reli_sock.cpp.
 */
import { WireTrouble } from './wire-trouble';

/** Bytes before a packet's body; NORMAL_HEADER_SIZE. */
export const HEADER_SIZE = 5;

/** What a body may have, initialization vector and tag included; CEDAR's MAX_MESSAGE_SIZE. */
export const BODY_LIMIT = 1024 * 1024;

/** A packet as it came. */
export interface Packet {
  /** Whether it ends its message. */
  readonly last: boolean;
  /** Header and body. Valid until the reader is asked or fed again. */
  readonly frame: Buffer;
}

/** Writes the header of a packet. */
export function writeHeader(header: Buffer, last: boolean, length: number): void {
  header[0] = last ? 1 : 0;
  header.writeUInt32BE(length, 1);
}

/** Cuts what comes, in whatever pieces, into packets. */
export class PacketReader {
  /** Bytes that are not taken yet: `data` from `start` to `end`. */
  private data: Buffer = NOTHING;
  private start = 0;
  private end = 0;
  /** Our own memory, which `data` is where packets lie across the borders of chunks. */
  private store: Buffer = NOTHING;

  /** How many bytes wait. */
  get held(): number {
    return this.end - this.start;
  }

  /** Takes what came. Whole packets in a chunk are not copied: it must not change any more. */
  feed(chunk: Buffer): void {
    if (this.start === this.end) {
      this.data = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    this.makeRoom(chunk.length);
    chunk.copy(this.data, this.end);
    this.end += chunk.length;
  }

  /**
   * The next packet, if all of it is there.
   *
   * @param limit bytes that its body may have where that is less than {@link BODY_LIMIT}
   * @throws WireTrouble for a header that no packet has
   */
  next(limit: number = BODY_LIMIT): Packet | undefined {
    const { data, start } = this;
    if (this.held < HEADER_SIZE) return undefined;
    const flag = data[start];
    const length = data.readUInt32BE(start + 1);
    if ((flag !== 0 && flag !== 1) || length === 0 || length > BODY_LIMIT) {
      throw new WireTrouble(
        `Expected the header of a packet (0 or 1, and a length of 1 to ${BODY_LIMIT}), found ` +
          `${flag ?? 0} and ${length}`,
      );
    }
    if (length > limit) {
      throw new WireTrouble(
        `A packet of ${length} bytes came, which is more than its message may have`,
      );
    }
    if (this.held < HEADER_SIZE + length) return undefined;
    this.start = start + HEADER_SIZE + length;
    return { last: flag === 1, frame: data.subarray(start, this.start) };
  }

  /** Forgets everything. */
  clear(): void {
    this.data = this.store = NOTHING;
    this.start = this.end = 0;
  }

  /** Moves what waits to the start of our own memory if there is no room for more behind it. */
  private makeRoom(length: number): void {
    const { data, start, end, held } = this;
    if (data === this.store && end + length <= data.length) return;
    if (held + length > this.store.length) {
      this.store = Buffer.allocUnsafeSlow(Math.max(2 * (held + length), STORE_SIZE));
    }
    data.copy(this.store, 0, start, end);
    this.data = this.store;
    this.start = 0;
    this.end = held;
  }
}

const NOTHING = Buffer.alloc(0);

const STORE_SIZE = 128 * 1024;
