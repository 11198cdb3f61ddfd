/** A connection that speaks CEDAR, over a socket of node's. */
import type { KeyObject } from 'node:crypto';
import type net from 'node:net';
import { err, ok, type Result } from '../../result';
import { MessageGatherer } from './message-gatherer';
import { MessageBody } from './message-reader';
import { MessageBuffer } from './message-writer';
import { CIPHER_OVERHEAD, PacketCipher } from './packet-cipher';
import { PacketSink } from './packet-sink';
import { PacketSource, SILENCE } from './packet-source';
import { HEADER_SIZE, type Packet, writeHeader } from './packets';
import { PieceGatherer } from './piece-gatherer';
import { PlaintextDigests } from './plaintext-digests';
import type {
  CedarConnection,
  MessageReader,
  MessageWriter,
  ReceiveOptions,
  WireError,
} from './types';
import { gone, protocolError, WireTrouble } from './wire-trouble';

/** Payload of the packets that we send; the fastest of what peers take. */
const PAYLOAD_SIZE = 256 * 1024;

/** Bytes that a message may have where its receiver does not say. */
const MESSAGE_LIMIT = 16 * 1024 * 1024;

/** Milliseconds for the peer to take what was sent before this side closed. */
const LINGER = 20_000;

/** Milliseconds of silence until the system asks whether the peer's machine is still there. */
const KEEP_ALIVE = 360_000;

const CLOSED_HERE = 'The connection was closed by this side';

export class CedarSocket implements CedarConnection {
  readonly ended: Promise<WireError>;
  private readonly source: PacketSource;
  private readonly sink: PacketSink;
  private readonly digests = new PlaintextDigests();
  private cipher: PacketCipher | undefined;
  private trouble: WireError | undefined;
  private tellEnd: (trouble: WireError) => void = () => undefined;
  private receiving = false;

  /**
   * @param socket connected; belongs to the connection from now on
   * @param peer its address, as messages shall name it
   * @param cipher of a connection that is encrypted already; see also {@link encrypt}
   */
  constructor(
    private readonly socket: net.Socket,
    readonly peer: string,
    cipher?: PacketCipher,
  ) {
    this.cipher = cipher;
    this.ended = new Promise((resolve) => (this.tellEnd = resolve));
    this.source = new PacketSource(socket);
    this.sink = new PacketSink(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('end', () => void this.finish(gone(peer, 'The peer closed the connection')));
    socket.on('error', (error) =>
      this.finish(gone(peer, `The connection broke: ${error.message}`)),
    );
    socket.on('close', () => this.finish(gone(peer, 'The connection was closed')));
    if (socket.destroyed) this.finish(gone(peer, 'The connection was closed'));
  }

  /**
   * Encrypts from now on, both ways. What was sent in clear must be with the system.
   *
   * @param iv base IV of what is sent; random unless a test needs to know it
   */
  encrypt(key: KeyObject, iv?: Buffer): void {
    const { send, receive } = this.digests.finish();
    this.cipher = new PacketCipher(
      key,
      { count: 0, iv, digests: send },
      { count: 0, iv: undefined, digests: receive },
    );
  }

  async send(write: (message: MessageWriter) => void): Promise<Result<void, WireError>> {
    const message = new MessageBuffer(this.cipher !== undefined);
    write(message);
    return await this.sendBytes(message.finish());
  }

  async sendBytes(bytes: Buffer): Promise<Result<void, WireError>> {
    if (this.trouble !== undefined) return err(this.trouble);
    try {
      const failure = await this.sink.write(this.packetsOf(bytes));
      if (failure === undefined) return ok(undefined);
      const trouble = this.finish(gone(this.peer, `Cannot send: ${failure.message}`));
      // What the peer said before it hung up, perhaps why, can still be received.
      this.socket.destroy();
      return err(trouble);
    } catch (thrown) {
      return this.failReading(thrown);
    }
  }

  async receive<T>(
    read: (message: MessageReader) => T,
    options: ReceiveOptions = {},
  ): Promise<Result<T, WireError>> {
    return await this.exclusively(async () => {
      const body = await this.receiveMessage(options.limit ?? MESSAGE_LIMIT, options.timeout);
      if (!body.ok) return body;
      const message = new MessageBody(body.value, this.cipher !== undefined);
      const value = read(message);
      if (message.left > 0) {
        throw new WireTrouble(`Expected the end of the message, found ${message.left} more bytes`);
      }
      return ok(value);
    });
  }

  async receiveBytes(
    length: number,
    onPiece: (piece: Buffer) => void | Promise<void>,
    { timeout }: Pick<ReceiveOptions, 'timeout'> = {},
  ): Promise<Result<void, WireError>> {
    if (length === 0) return this.trouble === undefined ? ok(undefined) : err(this.trouble);
    return await this.exclusively(async () => {
      const pieces = new PieceGatherer(onPiece);
      for (let left = length, last = false; !last;) {
        // Packets that are there already make up one piece: each piece costs its taker a call.
        const packet = this.takePacket(undefined);
        if (packet === undefined) {
          await pieces.flush();
          const more = await this.waitForMore(timeout);
          if (!more.ok) return more;
          continue;
        }
        left -= packet.payload.length;
        last = packet.last;
        if (left < 0 || (last && left > 0)) {
          throw new WireTrouble(`Expected a message of ${length} bytes, found another length`);
        }
        const adding = pieces.add(packet.payload);
        if (adding !== undefined) await adding;
      }
      await pieces.flush();
      return ok(undefined);
    });
  }

  close(): void {
    if (this.socket.destroyed) return;
    this.finish(gone(this.peer, CLOSED_HERE));
    this.source.clear();
    const linger = setTimeout(() => this.socket.destroy(), LINGER);
    this.socket.once('close', () => clearTimeout(linger));
    // A peer that says more now must not fill our memory, nor keep what we sent from leaving.
    this.socket.removeAllListeners('data').resume();
    void this.sink.flushed().then(() => this.socket.destroySoon());
  }

  destroy(): void {
    this.abandon(CLOSED_HERE);
  }

  /** Closes it at once, for a reason: a sentence. */
  abandon(reason: string): void {
    this.fail(gone(this.peer, reason));
  }

  private *packetsOf(bytes: Buffer): Iterable<readonly Buffer[]> {
    for (let at = 0; at < bytes.length; at += PAYLOAD_SIZE) {
      const payload = bytes.subarray(at, at + PAYLOAD_SIZE);
      const last = at + payload.length === bytes.length;
      yield this.cipher?.seal(last, payload) ?? [this.clearPacket(last, payload)];
    }
  }

  private clearPacket(last: boolean, payload: Buffer): Buffer {
    const frame = Buffer.allocUnsafe(HEADER_SIZE + payload.length);
    writeHeader(frame, last, payload.length);
    payload.copy(frame, HEADER_SIZE);
    this.digests.addSent(frame);
    return frame;
  }

  private async receiveMessage(
    limit: number,
    timeout: number | undefined,
  ): Promise<Result<Buffer, WireError>> {
    const message = new MessageGatherer();
    for (;;) {
      const packet = this.takePacket(limit - message.length);
      if (packet === undefined) {
        const more = await this.waitForMore(timeout);
        if (!more.ok) return more;
        continue;
      }
      message.add(packet.payload);
      if (message.length > limit) {
        throw new WireTrouble(`A message came that is longer than its limit of ${limit} bytes`);
      }
      if (packet.last) return ok(message.bytes);
    }
  }

  /** The next packet if it is there, opened. */
  private takePacket(
    limit: number | undefined,
  ): { readonly last: boolean; readonly payload: Buffer } | undefined {
    const { cipher } = this;
    const overhead = cipher === undefined ? 0 : CIPHER_OVERHEAD;
    const packet = this.source.take(limit === undefined ? undefined : limit + overhead);
    if (packet === undefined) return undefined;
    const payload = cipher === undefined ? this.openClear(packet) : cipher.open(packet);
    return { last: packet.last, payload };
  }

  private openClear({ frame }: Packet): Buffer {
    this.digests.addReceived(frame);
    return Buffer.from(frame.subarray(HEADER_SIZE));
  }

  private async waitForMore(timeout: number | undefined): Promise<Result<void, WireError>> {
    const more = await this.source.more(timeout);
    if (more === true) return ok(undefined);
    if (more !== SILENCE) return err(this.trouble ?? gone(this.peer, CLOSED_HERE));
    return this.fail(gone(this.peer, `The peer was silent for ${timeout ?? 0} seconds`));
  }

  /** Runs a receive, unless it cannot bring anything, and closes the connection if it throws. */
  private async exclusively<T>(
    work: () => Promise<Result<T, WireError>>,
  ): Promise<Result<T, WireError>> {
    if (this.receiving) throw new Error('two receives at once on one connection');
    this.receiving = true;
    try {
      return await work();
    } catch (thrown) {
      return this.failReading(thrown);
    } finally {
      this.receiving = false;
    }
  }

  /** What was thrown is the peer's fault, or a bug. */
  private failReading(thrown: unknown): Result<never, WireError> {
    if (thrown instanceof WireTrouble) return this.fail(protocolError(this.peer, thrown.message));
    this.destroy();
    throw thrown;
  }

  private fail(trouble: WireError): Result<never, WireError> {
    this.finish(trouble);
    this.source.clear();
    this.socket.destroy();
    return err(trouble);
  }

  /** Notes that this is the end. Gives the reason of it: this one, or an earlier one. */
  private finish(trouble: WireError): WireError {
    if (this.trouble !== undefined) return this.trouble;
    this.trouble = trouble;
    this.source.end();
    this.tellEnd(trouble);
    return trouble;
  }
}
