/**
 * The requests in a procd's pipe, read from whatever pieces come. A request is told only when it is
 * complete, whatever becomes of its client meanwhile; after one that makes no sense everything is
 * skipped until the pipe is empty, since then what comes next is the beginning of a request: clients
 * write each in one piece, and the kernel mixes none of up to PIPE_BUF bytes.
 */
import { decodeArguments } from './request-codec';
import type { Dialect } from './dialects';
import {
  ARGUMENT_SHAPES,
  type ClientId,
  HEADER_SIZE,
  type ProcdCommand,
  type ProcdRequest,
  REQUEST_SIZE_MAX,
} from './requests';
import type { ProcdRefusal } from './results';

/** What came out of the pipe. */
export type Arrival =
  | { readonly kind: 'request'; readonly client: ClientId; readonly request: ProcdRequest }
  /** Complete, but to be answered with this code: what has a length has a wrong one. */
  | {
      readonly kind: 'refused';
      readonly client: ClientId;
      readonly command: ProcdCommand;
      readonly refusal: ProcdRefusal;
    }
  /** Nothing that this dialect has; for the log. */
  | { readonly kind: 'garbage'; readonly reason: string };

/** PID_MAX_LIMIT of 64-bit kernels, linux/threads.h. */
const PID_LIMIT = 4_194_304;

export class RequestParser {
  #waiting: Buffer = Buffer.alloc(0);
  #skips = false;

  constructor(private readonly dialect: Dialect) {}

  /** True while a part of a request is here and the rest of it is not. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** True after something that makes no sense: what comes is skipped until the pipe is empty. */
  get isSkipping(): boolean {
    return this.#skips;
  }

  /** Takes bytes from the pipe; gives the requests that they complete, in order. */
  push(bytes: Buffer): readonly Arrival[] {
    if (this.#skips) return [];
    this.#waiting = this.isWaiting ? Buffer.concat([this.#waiting, bytes]) : bytes;
    const arrivals: Arrival[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) arrivals.push(next);
    // The caller may use its buffer again.
    if (this.isWaiting) this.#waiting = Buffer.from(this.#waiting);
    return arrivals;
  }

  /**
   * The pipe is empty: what comes next begins a request. A part of one that is still waiting was
   * never written whole, and is given up.
   */
  pipeIsEmpty(): readonly Arrival[] {
    this.#skips = false;
    if (!this.isWaiting) return [];
    const { length } = this.#waiting;
    this.#waiting = Buffer.alloc(0);
    return [{ kind: 'garbage', reason: `${length} bytes of a request that has no end` }];
  }

  /** The next complete request; undefined: there is none yet. */
  #next(): Arrival | undefined {
    const bytes = this.#waiting;
    if (bytes.length < HEADER_SIZE) return undefined;
    const client = { pid: bytes.readInt32LE(0), serial: bytes.readInt32LE(4) };
    if (client.pid <= 0 || client.pid > PID_LIMIT) return this.#skip(`from pid ${client.pid}`);
    const number = bytes.readInt32LE(8);
    const command = this.dialect.commands[number];
    if (command === undefined) {
      return this.#skip(`with the unknown command ${number} from pid ${client.pid}`);
    }
    const { fixed, length } = ARGUMENT_SHAPES[command];
    const end = HEADER_SIZE + fixed;
    if (bytes.length < end) return undefined;
    const words = bytes.subarray(HEADER_SIZE, end);
    const following = length === undefined ? 0 : lengthOf(words, length);
    // A length that no request has is none to skip by: what follows it is looked at no more.
    const tooLong = end + following > REQUEST_SIZE_MAX;
    if (!tooLong && bytes.length < end + following) return undefined;
    const rest = tooLong ? bytes.subarray(end, end) : bytes.subarray(end, end + following);
    const decoded = decodeArguments(command, words, rest);
    if (tooLong) this.#skip('');
    else this.#waiting = bytes.subarray(end + following);
    return decoded.ok
      ? { kind: 'request', client, request: decoded.value }
      : { kind: 'refused', client, command, refusal: decoded.error };
  }

  #skip(what: string): Arrival {
    this.#waiting = Buffer.alloc(0);
    this.#skips = true;
    return { kind: 'garbage', reason: `a request ${what}` };
  }
}

/** A length word, 0 for one below it. */
function lengthOf(words: Buffer, size: 4 | 8): number {
  const at = words.length - size;
  const length = size === 4 ? words.readInt32LE(at) : Number(words.readBigUInt64LE(at));
  return Math.max(0, length);
}
