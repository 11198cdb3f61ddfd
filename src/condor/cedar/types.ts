/**
 * What CEDAR, HTCondor's wire, is to the rest of the house. Everything else of this room implements
 * these interfaces.
 */
import type { Result } from '../../result';
import type { ClassAd } from '../classad';

/** Trouble with a peer. The job is never at fault. */
export interface WireError {
  /**
   * `gone`: closed, reset, not reachable, silent for too long. `refused`: the peer answered, and said
   * no. `protocol`: what came is not CEDAR, fails authentication, or goes beyond a limit; the
   * connection is closed then.
   */
  readonly kind: 'gone' | 'refused' | 'protocol';
  /** The peer's address, as messages name it. */
  readonly peer: string;
  /** A sentence with what was done, what was expected and what came; no final period. */
  readonly reason: string;
}

/** A security session: an id and a key that two processes know. */
export interface SecuritySession {
  readonly id: string;
  /** The key as text, the input of the key derivation. Secret: never in a log. */
  readonly key: string;
}

/** Writes the values of one message. */
export interface MessageWriter {
  /** 8 bytes; also truths (1 and 0) and times. */
  int(value: number | bigint): this;
  double(value: number): this;
  /** A string in the house's form of text (byte-text.ts); it must hold no NUL. */
  string(value: string): this;
  /** As they are: the reader must know the length. */
  bytes(value: Buffer): this;
  ad(ad: ClassAd): this;
}

/**
 * Reads the values of one message, in order. A value that is not there or cannot be read throws;
 * {@link CedarConnection.receive} makes that a `protocol` error.
 */
export interface MessageReader {
  /** An integer that JavaScript's numbers hold exactly; another throws. */
  int(): number;
  /** An integer of any size. */
  bigint(): bigint;
  double(): number;
  string(): string;
  bytes(length: number): Buffer;
  ad(): ClassAd;
  /** Bytes of the message that are not read yet. */
  readonly left: number;
}

/** Limits of one receive. */
export interface ReceiveOptions {
  /** Seconds without a byte from the peer until it counts as gone; undefined: waits for ever. */
  readonly timeout?: number | undefined;
  /** Bytes that the message may have; default 16 MiB. */
  readonly limit?: number;
}

/** A connection to a peer that speaks CEDAR, in clear or encrypted. */
export interface CedarConnection {
  /** The peer's address, as messages name it. */
  readonly peer: string;
  /**
   * Sends one message; resolves when the system has taken it. Messages go out in order of calls. A
   * peer that takes nothing for minutes counts as gone.
   */
  send(write: (message: MessageWriter) => void): Promise<Result<void, WireError>>;
  /**
   * Sends one message of raw bytes, in packets as large as peers take; for file data. The buffer
   * may be used again once it resolves.
   */
  sendBytes(bytes: Buffer): Promise<Result<void, WireError>>;
  /** Receives one message, which `read` must use up. One receive at a time. */
  receive<T>(
    read: (message: MessageReader) => T,
    options?: ReceiveOptions,
  ): Promise<Result<T, WireError>>;
  /**
   * Receives one message of exactly `length` raw bytes, piece by piece as packets come; no more than
   * a packet or two is held. The next piece comes when `onPiece` has resolved; a piece is valid
   * until then.
   */
  receiveBytes(
    length: number,
    onPiece: (piece: Buffer) => void | Promise<void>,
    options?: Pick<ReceiveOptions, 'timeout'>,
  ): Promise<Result<void, WireError>>;
  /**
   * Resolves when the connection cannot be used any more: the peer closed it (also while nobody
   * receives), it broke, or this side closed it.
   */
  readonly ended: Promise<WireError>;
  /** Closes it, once what was sent is with the system. */
  close(): void;
  /** Closes it at once. */
  destroy(): void;
}
