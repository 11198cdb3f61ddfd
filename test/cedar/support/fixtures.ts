/**
 * Recordings of what genuine starters say to genuine daemons of HTCondor 23.9.6 and 25.14.1. The
 * pools are gone, the keys are worthless. `dir` is seen from the starter.
 */
import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PacketCipher } from '../../../src/condor/cedar/packet-cipher';

declare const __EYRIE_ROOT__: string;

export interface Piece {
  readonly dir: 'send' | 'recv';
  readonly hex: string;
}

/** Where encryption stood when the recording began. */
interface InitialState {
  readonly aesKeyHex: string;
  readonly ctrEnc: number;
  readonly ctrDec: number;
  readonly ivEncHex: string;
  readonly ivDecHex: string;
}

export interface RecordedConnection {
  readonly name: string;
  readonly role: 'inherited' | 'client' | 'server';
  readonly note?: string;
  /** Packets, header and all. */
  readonly frames: readonly Piece[];
  /** What the messages say, in clear. */
  readonly messages: readonly Piece[];
  /** The session's key as text. */
  readonly secret: string;
  readonly initialState: InitialState;
}

const WIRES = [
  'wire-23.9.6-missing-output',
  'wire-23.9.6-server',
  'wire-25.14.1-normal',
  'wire-25.14.1-server',
];

/** All recorded connections, with the name of their file in front of theirs. */
export const recordings: readonly RecordedConnection[] = WIRES.flatMap((file) => {
  const text = readFileSync(
    path.join(__EYRIE_ROOT__, 'test/cedar/fixtures', `${file}.json`),
    'utf8',
  );
  const { connections } = JSON.parse(text) as { connections: RecordedConnection[] };
  return connections.map((connection) => ({ ...connection, name: `${file} ${connection.name}` }));
});

/** The recording whose name ends so. */
export function recording(name: string): RecordedConnection {
  const found = recordings.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no recording is called ${name}`);
  return found;
}

/** The bytes of one direction's pieces, or of both. */
export function bytesOf(pieces: readonly Piece[], dir?: Piece['dir']): Buffer[] {
  return pieces.filter((p) => dir === undefined || p.dir === dir).map((p) => fromHex(p.hex));
}

/** Bytes for hexadecimal digits. */
export function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** A cipher as an inherited connection has it; `peer`: as the other end has it. */
export function recordedCipher(state: InitialState, end: 'starter' | 'peer'): PacketCipher {
  const digests = Buffer.alloc(0);
  const sent = { count: state.ctrEnc, iv: fromHex(state.ivEncHex), digests };
  const received = { count: state.ctrDec, iv: fromHex(state.ivDecHex), digests };
  const key = createSecretKey(fromHex(state.aesKeyHex));
  return end === 'starter'
    ? new PacketCipher(key, sent, received)
    : new PacketCipher(key, received, sent);
}
