/** Replies of a procd as bytes, and read from bytes as they come. */
import { decodeDump, type DumpedFamily, encodeDump } from './dump-record';
import type { Dialect } from './dialects';
import type { ProcdCommand } from './requests';
import { type ProcdResult, resultNumber, resultOf } from './results';
import { decodeUsage, encodeUsage, placeFields, type ProcdUsage } from './usage-record';

/** What a success says beside that it is one. */
export type ReplyBody =
  | { readonly body: 'none' }
  /** The group that was allocated. */
  | { readonly body: 'group'; readonly gid: number }
  | { readonly body: 'usage'; readonly usage: ProcdUsage }
  | { readonly body: 'dump'; readonly families: readonly DumpedFamily[] };

/** A reply. A code that no procd gives is told as its number. */
export type ProcdReply =
  | ({ readonly result: 'success' } & ReplyBody)
  | { readonly result: Exclude<ProcdResult, 'success'> | number };

/** A reply as it is written into the client's pipe. */
export function encodeReply(dialect: Dialect, reply: ProcdReply): Buffer {
  const { result } = reply;
  const code = Buffer.alloc(4);
  code.writeInt32LE(typeof result === 'number' ? result : resultNumber(dialect, result), 0);
  return result === 'success' ? Buffer.concat([code, encodeBody(dialect, reply)]) : code;
}

function encodeBody(dialect: Dialect, body: ReplyBody): Buffer {
  switch (body.body) {
    case 'none':
      return Buffer.alloc(0);
    case 'group': {
      const gid = Buffer.alloc(4);
      gid.writeUInt32LE(body.gid, 0);
      return gid;
    }
    case 'usage':
      return encodeUsage(dialect.usage, body.usage);
    case 'dump':
      return encodeDump(body.families);
  }
}

/** A body as far as it has come: read, or how many bytes it has at least, or nonsense. */
type BodySoFar =
  { readonly body: ReplyBody; readonly size: number } | { readonly atLeast: number } | 'nonsense';

function readBody(dialect: Dialect, command: ProcdCommand, bytes: Buffer): BodySoFar {
  switch (command) {
    case 'track-allocated-group':
      if (bytes.length < 4) return { atLeast: 4 };
      return { body: { body: 'group', gid: bytes.readUInt32LE(0) }, size: 4 };
    case 'get-usage': {
      const { size } = placeFields(dialect.usage);
      if (bytes.length < size) return { atLeast: size };
      const usage = decodeUsage(dialect.usage, bytes.subarray(0, size));
      return { body: { body: 'usage', usage }, size };
    }
    case 'dump': {
      const dump = decodeDump(bytes);
      if (dump === undefined) return 'nonsense';
      if (!dump.whole) return dump;
      return { body: { body: 'dump', families: dump.families }, size: dump.size };
    }
    default:
      return { body: { body: 'none' }, size: 0 };
  }
}

/** A reply, and the bytes behind it. */
export interface ReadReply {
  readonly reply: ProcdReply;
  readonly rest: Buffer;
}

/** Reads the reply to one request, in whatever pieces it comes. */
export class ReplyReader {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes that must be here before it is worth to look. */
  #needed = 4;

  constructor(
    private readonly dialect: Dialect,
    private readonly command: ProcdCommand,
  ) {}

  /**
   * Takes bytes.
   *
   * @returns the reply when it is complete, `nonsense` where it cannot be one, else undefined
   */
  push(bytes: Buffer): ReadReply | 'nonsense' | undefined {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return undefined;
    const all = Buffer.concat(this.#pieces.splice(0));
    this.#pieces.push(all);
    const number = all.readInt32LE(0);
    const body = all.subarray(4);
    if (number !== 0) return { reply: { result: refusal(this.dialect, number) }, rest: body };
    const read = readBody(this.dialect, this.command, body);
    if (read === 'nonsense') return read;
    if ('atLeast' in read) {
      this.#needed = 4 + read.atLeast;
      return undefined;
    }
    return { reply: { result: 'success', ...read.body }, rest: body.subarray(read.size) };
  }
}

function refusal(dialect: Dialect, number: number): Exclude<ProcdResult, 'success'> | number {
  const result = resultOf(dialect, number);
  return result === undefined || result === 'success' ? number : result;
}
