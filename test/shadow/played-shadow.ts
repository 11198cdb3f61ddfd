/** A shadow that a test plays: the far end of a connection, at the level of whole messages. */
import type {
  CedarConnection,
  MessageReader,
  ReceiveOptions,
  WireError,
} from '../../src/condor/cedar/types';
import { err, ok, type Result } from '../../src/result';
import { messageReader, writeMessage } from './plain-messages';

/** Says what comes back for a request; undefined: nothing. */
type Answer = (request: Buffer) => Buffer | undefined | Promise<Buffer | undefined>;

export class PlayedShadow implements CedarConnection {
  readonly peer = '<192.0.2.1:9618>';
  /** What came, in order. */
  readonly requests: Buffer[] = [];
  /** The limits that each receive was given. */
  readonly receives: (ReceiveOptions | undefined)[] = [];
  destroyed = false;
  readonly ended: Promise<WireError>;
  private announce: (error: WireError) => void = () => undefined;
  private gone: WireError | undefined;
  private readonly replies: Promise<Buffer | undefined>[] = [];

  constructor(private readonly answer: Answer) {
    this.ended = new Promise((resolve) => (this.announce = resolve));
  }

  send(write: Parameters<CedarConnection['send']>[0]): Promise<Result<void, WireError>> {
    if (this.gone !== undefined) return Promise.resolve(err(this.gone));
    const request = writeMessage(write);
    this.requests.push(request);
    const reply = this.answer(request);
    if (reply !== undefined) this.replies.push(Promise.resolve(reply));
    return Promise.resolve(ok(undefined));
  }

  async receive<T>(
    read: (message: MessageReader) => T,
    options?: ReceiveOptions,
  ): Promise<Result<T, WireError>> {
    this.receives.push(options);
    const reply = await Promise.race([this.replies.shift(), this.ended]);
    if (!Buffer.isBuffer(reply)) return err(this.gone ?? this.end('gone', 'it was silent'));
    const message = messageReader(reply);
    try {
      const value = read(message);
      if (message.left === 0) return ok(value);
      return err(this.end('protocol', `${message.left} bytes are left over`));
    } catch (thrown) {
      return err(this.end('protocol', (thrown as Error).message));
    }
  }

  sendBytes(): Promise<never> {
    throw new Error('no call of a starter sends raw bytes');
  }

  receiveBytes(): Promise<never> {
    throw new Error('no call of a starter receives raw bytes');
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** The connection ends, as if the shadow had gone. */
  end(kind: WireError['kind'], reason: string): WireError {
    this.gone ??= { kind, peer: this.peer, reason };
    this.announce(this.gone);
    return this.gone;
  }
}
