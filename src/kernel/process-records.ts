/** What eyrie-families is asked and answers, as bytes: native/families/request.h. Pure. */
import { Buffer } from 'node:buffer';
import { fromBytes, toBytes } from '../byte-text';
import type {
  CgroupUsage,
  NewProcess,
  ProcessFacts,
  ProcessMeans,
  SignalOutcome,
  Snapshot,
  SnapshotWants,
} from './process-table-types';
import { FAMILIES_CALLS, FAMILIES_OPERATIONS } from './structs';

/** An operation of eyrie-families. */
export type FamilyOperation = keyof typeof FAMILIES_OPERATIONS;

/** The fields of a request; those that its operation has no use for are 0. */
export interface FamilyRequest {
  readonly flags?: number;
  readonly pid?: number;
  readonly birthday?: number;
  readonly family?: number;
  readonly number?: number;
  readonly signal?: number;
  readonly families?: readonly number[];
  /** Pids. */
  readonly except?: readonly number[];
  readonly name?: string;
}

/** A reply without its payload. */
export interface FamilyReplyHead {
  readonly length: number;
  /** 0: the watched process `number` has ended. */
  readonly id: number;
  readonly error: number;
  readonly call: number;
  readonly number: number;
}

/** Bytes of struct families_request, families_reply and the others. */
const REQUEST_SIZE = 48;
export const FAMILY_REPLY_SIZE = 24;
const SNAPSHOT_SIZE = 16;
const PROCESS_SIZE = 80;
const DETAILS_SIZE = 16;
const MEANS_SIZE = 32;
const USAGE_SIZE = 56;
const OUTCOME_SIZE = 8;

/** FAMILIES_NO_EVENTS. */
export const NO_EVENTS = 1;

/** FAMILIES_AS_IT_IS. */
export const AS_IT_IS = 1;

/** FAMILIES_WANT_…. */
const WANT = { ancestors: 1, groups: 2, cgroups: 4 } as const;

/** Flags of a process: FAMILIES_IS_…. */
const IS_ZOMBIE = 1;
const IS_FRESH = 2;
const HAS_ENDED = 4;

/** FAMILIES_UNKNOWN, as two halves. */
const UNKNOWN_HALF = 0xffffffff;

const TWO_32 = 0x1_0000_0000;

/** Encodes a request. */
export function encodeFamilyRequest(
  id: number,
  operation: FamilyOperation,
  request: FamilyRequest,
): Buffer {
  const { families = [], except = [], name = '' } = request;
  const text = toBytes(name);
  const length = (families.length + except.length) * 4 + text.length;
  const bytes = Buffer.alloc(REQUEST_SIZE + Math.ceil(length / 4) * 4);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(id, 4);
  bytes.writeUInt32LE(FAMILIES_OPERATIONS[operation], 8);
  bytes.writeUInt32LE(request.flags ?? 0, 12);
  bytes.writeInt32LE(request.pid ?? 0, 16);
  bytes.writeUInt32LE(request.family ?? 0, 20);
  bytes.writeBigUInt64LE(BigInt(request.birthday ?? 0), 24);
  bytes.writeUInt32LE(request.number ?? 0, 32);
  bytes.writeUInt32LE(request.signal ?? 0, 36);
  bytes.writeUInt32LE(families.length, 40);
  families.forEach((family, i) => bytes.writeUInt32LE(family, REQUEST_SIZE + i * 4));
  const afterFamilies = REQUEST_SIZE + families.length * 4;
  except.forEach((pid, i) => bytes.writeInt32LE(pid, afterFamilies + i * 4));
  bytes.set(text, afterFamilies + except.length * 4);
  return bytes;
}

/** The flags of a snapshot. */
export function wantFlags(wants: SnapshotWants): number {
  return (
    (wants.ancestors ? WANT.ancestors : 0) |
    (wants.groups ? WANT.groups : 0) |
    (wants.cgroups ? WANT.cgroups : 0)
  );
}

/** Decodes the head of a reply, of {@link FAMILY_REPLY_SIZE} bytes at least. */
export function decodeFamilyReply(bytes: Buffer): FamilyReplyHead {
  const at = (index: number): number => bytes.readUInt32LE(index * 4);
  return { length: at(0), id: at(1), error: at(2), call: at(3), number: at(4) };
}

/** Decodes the reply to `begin`; undefined where the bytes are none. */
export function decodeMeans(bytes: Buffer): Omit<ProcessMeans, 'why'> | undefined {
  if (bytes.length !== MEANS_SIZE) return undefined;
  const at = (index: number): number => bytes.readUInt32LE(index * 4);
  return {
    events: at(0) !== 0,
    accounting: at(3) !== 0,
    forkers: at(4) !== 0,
    cgroups: ([undefined, 'v2', 'freezer'] as const)[at(5)],
    ticks: at(6),
  };
}

/** Why there are no events, as `begin` tells: the call and errno. */
export function decodeObstacle(bytes: Buffer): { readonly call: string; readonly errno: number } {
  return { call: FAMILIES_CALLS[bytes.readUInt32LE(4)] ?? '', errno: bytes.readUInt32LE(8) };
}

/** Decodes a snapshot; undefined where the bytes are none. */
export function decodeSnapshot(bytes: Buffer, wants: SnapshotWants): Snapshot | undefined {
  if (bytes.length < SNAPSHOT_SIZE) return undefined;
  const members: ProcessFacts[] = [];
  const fresh: NewProcess[] = [];
  const ended: ProcessFacts[] = [];
  let at = SNAPSHOT_SIZE;
  for (let count = bytes.readUInt32LE(8); count > 0; count -= 1) {
    if (at + PROCESS_SIZE > bytes.length) return undefined;
    const flags = bytes.readUInt32LE(at + 12);
    const end = at + PROCESS_SIZE + bytes.readUInt32LE(at + 20);
    if (end > bytes.length) return undefined;
    const facts = decodeFacts(bytes, at, flags);
    if ((flags & IS_FRESH) !== 0) {
      const process = decodeNew(bytes, at, end, facts, wants);
      if (process === undefined) return undefined;
      fresh.push(process);
      if (facts.family !== 0) members.push(process);
    } else {
      ((flags & HAS_ENDED) !== 0 ? ended : members).push(facts);
    }
    at = end;
  }
  const [complete, overflow] = [bytes.readUInt32LE(0) !== 0, bytes.readUInt32LE(4) !== 0];
  return at === bytes.length ? { members, fresh, ended, complete, overflow } : undefined;
}

/** Decodes the reply to `locate`; undefined where the bytes are none. */
export function decodeLocated(bytes: Buffer, wants: SnapshotWants): NewProcess | undefined {
  if (bytes.length < PROCESS_SIZE) return undefined;
  const facts = decodeFacts(bytes, 0, bytes.readUInt32LE(12));
  return decodeNew(bytes, 0, bytes.length, facts, wants);
}

function decodeFacts(bytes: Buffer, at: number, flags: number): ProcessFacts {
  return {
    pid: bytes.readInt32LE(at),
    ppid: bytes.readInt32LE(at + 4),
    birthday: number64(bytes, at + 24),
    zombie: (flags & IS_ZOMBIE) !== 0,
    userTicks: number64(bytes, at + 32),
    systemTicks: number64(bytes, at + 40),
    childUserTicks: number64(bytes, at + 48),
    childSystemTicks: number64(bytes, at + 56),
    imageSize: number64(bytes, at + 64),
    resident: number64(bytes, at + 72),
    family: bytes.readUInt32LE(at + 8),
  };
}

/** Twice as fast as a BigInt; figures beyond 2^53 are not seen before the sun goes out. */
function number64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * TWO_32;
}

function decodeNew(
  bytes: Buffer,
  at: number,
  end: number,
  facts: ProcessFacts,
  wants: SnapshotWants,
): NewProcess | undefined {
  const uid = bytes.readUInt32LE(at + 16);
  const begin = at + PROCESS_SIZE;
  if (begin === end) return { ...facts, uid };
  const details = decodeDetails(bytes.subarray(begin, end));
  if (details === undefined) return undefined;
  return {
    ...facts,
    uid,
    ...(wants.groups ? { groups: details.groups } : {}),
    ...(wants.ancestors ? { ancestors: details.ancestors } : {}),
    ...(wants.cgroups ? { cgroups: details.cgroups } : {}),
  };
}

function decodeDetails(bytes: Buffer) {
  if (bytes.length < DETAILS_SIZE) return undefined;
  const [groupCount = 0, ancestorCount = 0, cgroupCount = 0, textBytes = 0] = [0, 4, 8, 12].map(
    (at) => bytes.readUInt32LE(at),
  );
  const textAt = DETAILS_SIZE + groupCount * 4;
  if (textAt + textBytes > bytes.length) return undefined;
  const groups = Array.from({ length: groupCount }, (_, i) =>
    bytes.readUInt32LE(DETAILS_SIZE + i * 4),
  );
  const texts = fromBytes(bytes.subarray(textAt, textAt + textBytes)).split('\0');
  // Each text is ended by a NUL, so there is one more, which is empty.
  if (texts.length !== ancestorCount + cgroupCount + 1) return undefined;
  return {
    groups,
    ancestors: texts.slice(0, ancestorCount),
    cgroups: texts.slice(ancestorCount, ancestorCount + cgroupCount),
  };
}

/** Decodes the reply to `signal-families`; undefined where the bytes are none. */
export function decodeOutcome(bytes: Buffer): SignalOutcome | undefined {
  if (bytes.length !== OUTCOME_SIZE) return undefined;
  return { signalled: bytes.readUInt32LE(0), left: bytes.readUInt32LE(4) };
}

/** Decodes the reply to `proportional`, KiB; undefined where the bytes are none. */
export function decodeKib(bytes: Buffer): number | undefined {
  return bytes.length === 8 ? number64(bytes, 0) : undefined;
}

/** Decodes the reply to `usage`; undefined where nothing counts. */
export function decodeCgroupUsage(bytes: Buffer): CgroupUsage | undefined {
  if (bytes.length !== USAGE_SIZE) return undefined;
  const known = (index: number): number | undefined =>
    bytes.readUInt32LE(index * 8) === UNKNOWN_HALF &&
    bytes.readUInt32LE(index * 8 + 4) === UNKNOWN_HALF
      ? undefined
      : number64(bytes, index * 8);
  return {
    userMicros: known(0) ?? 0,
    systemMicros: known(1) ?? 0,
    blockReads: known(2),
    blockWrites: known(3),
    blockReadBytes: known(4),
    blockWriteBytes: known(5),
    memory: known(6),
  };
}
