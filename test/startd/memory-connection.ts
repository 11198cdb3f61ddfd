/**
 * A connection without a wire, for tests of what is said on one: messages that were put in come out,
 * messages that are sent are kept as lists of values.
 */
import { err, ok, type Result } from '../../src/result';
import type {
  CedarConnection,
  MessageReader,
  MessageWriter,
  ReceiveOptions,
  WireError,
} from '../../src/condor/cedar/types';
import { ClassAd } from '../../src/condor/classad';

export type MessageValue = number | string | Buffer | ClassAd;

const PEER = '<127.0.0.1:20293>';

/** The peer's side is `arrive` and `hangUp`. */
export class MemoryConnection implements CedarConnection {
  readonly peer = PEER;
  readonly sent: MessageValue[][] = [];
  /** The options of every receive so far. */
  readonly receives: (ReceiveOptions | undefined)[] = [];
  isClosed = false;
  readonly ended: Promise<WireError>;
  private end: WireError | undefined;
  private tellEnd: (error: WireError) => void = () => undefined;
  private readonly arrived: MessageValue[][] = [];
  private wake: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.tellEnd = resolve));
  }

  /** A message of the peer. */
  arrive(...values: MessageValue[]): void {
    this.arrived.push(values);
    this.wake();
  }

  /** The peer closes. */
  hangUp(): void {
    this.finish({ kind: 'gone', peer: PEER, reason: 'the peer closed the connection' });
  }

  /** How many messages nobody has read. */
  get unread(): number {
    return this.arrived.length;
  }

  send(write: (message: MessageWriter) => void): Promise<Result<void, WireError>> {
    if (this.end !== undefined) return Promise.resolve(err(this.end));
    const values: MessageValue[] = [];
    const writer: MessageWriter = {
      int: (value) => (values.push(Number(value)), writer),
      double: (value) => (values.push(value), writer),
      string: (value) => (values.push(value), writer),
      bytes: (value) => (values.push(value), writer),
      ad: (ad) => (values.push(ad.copy()), writer),
    };
    write(writer);
    this.sent.push(values);
    return Promise.resolve(ok(undefined));
  }

  async receive<T>(
    read: (message: MessageReader) => T,
    options?: ReceiveOptions,
  ): Promise<Result<T, WireError>> {
    this.receives.push(options);
    while (this.arrived.length === 0 && this.end === undefined) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const values = this.arrived.shift();
    if (values === undefined) return err(this.end as WireError);
    const value = read(reader(values));
    if (values.length === 0) return ok(value);
    this.finish({ kind: 'protocol', peer: PEER, reason: 'the message has more than was read' });
    return err(this.end as unknown as WireError);
  }

  sendBytes(): never {
    throw new Error('no raw bytes are sent here');
  }

  receiveBytes(): never {
    throw new Error('no raw bytes are received here');
  }

  close(): void {
    this.isClosed = true;
    this.finish({ kind: 'gone', peer: PEER, reason: 'this side closed the connection' });
  }

  destroy(): void {
    this.close();
  }

  private finish(error: WireError): void {
    this.end ??= error;
    this.tellEnd(this.end);
    this.wake();
  }
}

function reader(values: MessageValue[]): MessageReader {
  const take = (): MessageValue | undefined => values.shift();
  const wrong = (): never => {
    throw new Error('the message has no such value here');
  };
  const number = (): number => {
    const value = take();
    return typeof value === 'number' ? value : wrong();
  };
  return {
    int: number,
    double: number,
    bigint: () => BigInt(number()),
    string() {
      const value = take();
      return typeof value === 'string' ? value : wrong();
    },
    ad() {
      const value = take();
      return value instanceof ClassAd ? value : wrong();
    },
    // One value stands for eight bytes.
    bytes(length) {
      values.splice(0, length / 8);
      return Buffer.alloc(length);
    },
    get left() {
      return values.length * 8;
    },
  };
}
