/** What condor_procd and eyrie-control say to each other, as bytes: native/control/front.h. Pure. */
import { Buffer } from 'node:buffer';
import { FRONT_FAULTS, FRONT_KINDS } from './structs';

/** How much of a client the front takes. */
export interface FrontLimits {
  /** Of one frame, in bytes, without its length. */
  readonly frameBytes: number;
  /** At once; 1024 at most. */
  readonly connections: number;
  /** Of one uid. */
  readonly perUser: number;
  /** Milliseconds for the rest of a frame that has begun. */
  readonly frameMs: number;
  /** Milliseconds for a client to read the last of what is sent to him. */
  readonly lingerMs: number;
  /** Bytes that wait for a client to read them. */
  readonly outputBytes: number;
}

/** What is wrong with what a client sent. */
export type FrontFault = Exclude<keyof typeof FRONT_FAULTS, 'none'>;

/** A record without its payload. */
export interface FrontRecord {
  readonly kind: keyof typeof FRONT_KINDS | undefined;
  readonly length: number;
  readonly connection: number;
  readonly detail: number;
  readonly uid: number;
  readonly pid: number;
}

/** Bytes of struct front_record. */
export const FRONT_RECORD_SIZE = 24;
const LIMITS_SIZE = 24;
const HANDOVER_SIZE = 8;

const KINDS = new Map<number, keyof typeof FRONT_KINDS>(
  Object.entries(FRONT_KINDS).map(([name, number]) => [number, name as keyof typeof FRONT_KINDS]),
);
const FAULTS = new Map<number, FrontFault>(
  Object.entries(FRONT_FAULTS).map(([name, number]) => [number, name as FrontFault]),
);

/** Encodes a record of procd's. */
export function encodeFrontRecord(
  kind: 'begin' | 'admit' | 'send' | 'ready' | 'close',
  connection: number,
  payload: Buffer = Buffer.alloc(0),
  detail = 0,
): Buffer {
  const head = Buffer.alloc(FRONT_RECORD_SIZE);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(FRONT_KINDS[kind], 4);
  head.writeUInt32LE(connection, 8);
  head.writeUInt32LE(detail, 12);
  return Buffer.concat([head, payload]);
}

/** Encodes the payload of `begin`. */
export function encodeFrontLimits(limits: FrontLimits): Buffer {
  const bytes = Buffer.alloc(LIMITS_SIZE);
  const { connections, frameBytes, frameMs, lingerMs, outputBytes, perUser } = limits;
  const fields = [frameBytes, connections, perUser, frameMs, lingerMs, outputBytes];
  fields.forEach((field, index) => bytes.writeUInt32LE(field, index * 4));
  return bytes;
}

/** Encodes what goes with a connection that is handed over. */
export function encodeHandover(uid: number): Buffer {
  const bytes = Buffer.alloc(HANDOVER_SIZE);
  bytes.writeUInt32LE(uid, 0);
  return bytes;
}

/** Decodes the head of a record, of {@link FRONT_RECORD_SIZE} bytes at least. */
export function decodeFrontRecord(bytes: Buffer): FrontRecord {
  const at = (index: number): number => bytes.readUInt32LE(index * 4);
  const kind = KINDS.get(at(1));
  const pid = bytes.readInt32LE(20);
  return { kind, length: at(0), connection: at(2), detail: at(3), uid: at(4), pid };
}

/** The fault that a record of kind `fault` tells of. */
export function faultOf(detail: number): FrontFault {
  return FAULTS.get(detail) ?? 'empty';
}
