/** What eyrie-files is asked and answers, as bytes: native/files/request.h. Pure. */
import { Buffer } from 'node:buffer';
import { fromBytes, toBytes } from '../byte-text';
import { FILES_OPERATIONS } from './structs';

/** An operation on a path. */
export type FileOperation = Exclude<keyof typeof FILES_OPERATIONS, 'begin'>;

/** Ids for eyrie-files to take. */
export interface FileIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** A reply without its payload. */
export interface ReplyHead {
  readonly length: number;
  readonly id: number;
  readonly error: number;
  readonly call: number;
  readonly more: boolean;
  readonly descriptor: boolean;
}

/** What is at a name. */
export interface FileEntry {
  readonly name: string;
  /** What a link leads to; `missing`: nowhere, or out of the sandbox. */
  readonly kind: 'file' | 'directory' | 'other' | 'missing';
  readonly isLink: boolean;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
}

/** FILES_KIND_… by number. */
export const ENTRY_KINDS = { 1: 'file', 2: 'directory', 3: 'other', 4: 'missing' } as const;

/** Bytes of struct files_request, files_reply and files_entry. */
const REQUEST_SIZE = 16;
export const REPLY_SIZE = 24;
const ENTRY_SIZE = 32;

/** FILES_PAYLOAD_MAX, FILES_CONTENTS_MAX, FILES_NAMES_MAX and FILES_OWN_IDS. */
export const PAYLOAD_MAX = 73728;
export const CONTENTS_MAX = 65536;
const NAMES_MAX = 8;
const OWN_IDS = 0xffffffff;

/**
 * Encodes a request.
 *
 * @param contents for `write`: up to {@link CONTENTS_MAX} bytes; for `rename`: the new name
 */
export function encodeRequest(
  id: number,
  operation: FileOperation,
  path: string,
  mode: number,
  contents?: Buffer,
): Buffer {
  const bytes = toBytes(path);
  const payload =
    contents === undefined ? bytes : Buffer.concat([bytes, Buffer.from([0]), contents]);
  return record(id, FILES_OPERATIONS[operation], mode, payload);
}

/**
 * Encodes the first request.
 *
 * @param identity undefined: the ids stay as they are
 * @param names absolute paths that a link's text may have for the sandbox
 * @returns undefined where it is too long
 */
export function encodeBegin(
  id: number,
  identity: FileIdentity | undefined,
  names: readonly string[],
): Buffer | undefined {
  // The kernel sorts them, and eyrie-files compares what it has with what it was told.
  const groups = [...new Set(identity?.groups ?? [])].sort((a, b) => a - b);
  const texts = names.map((name) => Buffer.from([...toBytes(name.replace(/\/+$/, '')), 0]));
  const numbers = [identity?.uid ?? OWN_IDS, identity?.gid ?? OWN_IDS, groups.length, texts.length];
  const head = Buffer.alloc((numbers.length + groups.length) * 4);
  [...numbers, ...groups].forEach((number, i) => head.writeUInt32LE(number, i * 4));
  const payload = Buffer.concat([head, ...texts]);
  if (payload.length > PAYLOAD_MAX || names.length > NAMES_MAX) return undefined;
  return record(id, FILES_OPERATIONS.begin, 0, payload);
}

function record(id: number, operation: number, mode: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(REQUEST_SIZE + payload.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(id, 4);
  bytes.writeUInt32LE(operation, 8);
  bytes.writeUInt32LE(mode, 12);
  bytes.set(payload, REQUEST_SIZE);
  return bytes;
}

/** Decodes the head of a reply, of {@link REPLY_SIZE} bytes at least. */
export function decodeReply(bytes: Buffer): ReplyHead {
  const at = (index: number): number => bytes.readUInt32LE(index * 4);
  return {
    length: at(0),
    id: at(1),
    error: at(2),
    call: at(3),
    more: at(4) !== 0,
    descriptor: at(5) !== 0,
  };
}

/** Decodes the reply to `read`, where it has contents; undefined where the bytes are none. */
export function decodeContents(
  bytes: Buffer,
): { readonly mode: number; readonly bytes: Buffer } | undefined {
  if (bytes.length < ENTRY_SIZE) return undefined;
  const contents = bytes.subarray(ENTRY_SIZE);
  if (Number(bytes.readBigUInt64LE(0)) !== contents.length) return undefined;
  return { mode: bytes.readUInt32LE(16) & 0o777, bytes: contents };
}

/** Decodes a reply's entries; undefined where the bytes are none. */
export function decodeEntries(bytes: Buffer): readonly FileEntry[] | undefined {
  const entries: FileEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + ENTRY_SIZE > bytes.length) return undefined;
    const kind = ENTRY_KINDS[bytes.readUInt32LE(at + 20) as keyof typeof ENTRY_KINDS] as
      FileEntry['kind'] | undefined;
    const end = at + ENTRY_SIZE + bytes.readUInt32LE(at + 28);
    const name = fromBytes(bytes.subarray(at + ENTRY_SIZE, end));
    if (kind === undefined || end > bytes.length || /[/\0]/.test(name)) return undefined;
    entries.push({
      name,
      kind,
      isLink: bytes.readUInt32LE(at + 24) !== 0,
      size: Number(bytes.readBigUInt64LE(at)),
      mode: bytes.readUInt32LE(at + 16) & 0o777,
      modified: bytes.readBigInt64LE(at + 8),
    });
    at = Math.ceil((end - at) / 8) * 8 + at;
  }
  return entries;
}
