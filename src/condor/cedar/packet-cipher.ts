/**
 * AES-256-GCM, packet by packet. Rules: Condor_Crypt_AESGCM (condor_crypt_aesgcm.cpp) and
 * ReliSock::SndMsg::snd_packet() of HTCondor.
 *
 * A direction has a base IV, random, which stands in front of its first packet; packet k uses it
 * with its first four bytes increased by k. The header of a packet is authenticated with it, and
 * with the first of a direction also what both sides have said in clear before.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { toBytes } from '../../byte-text';
import { HEADER_SIZE, type Packet, writeHeader } from './packets';
import { WireTrouble } from './wire-trouble';

const ALGORITHM = 'aes-256-gcm';
const IV_SIZE = 16;
const TAG_SIZE = 16;
const TAG = { authTagLength: TAG_SIZE };

/** Bytes of a packet's body that are not payload, at the most. */
export const CIPHER_OVERHEAD = IV_SIZE + TAG_SIZE;

/** Counters have 32 bits; an IV must never come twice. */
const PACKETS_LIMIT = 2 ** 32;

/** The AES key of a security session. Condor_Crypt_Base and hkdf() in condor_auth_*.cpp. */
export function deriveSessionKey(sessionKey: string): KeyObject {
  const key = hkdfSync('sha256', toBytes(sessionKey), 'htcondor', 'keygen', 32);
  return createSecretKey(Buffer.from(key));
}

/** Where one direction stands. */
export interface DirectionState {
  /** Packets that went this way so far. */
  readonly count: number;
  /** The base IV; undefined: the first packet brings it. */
  readonly iv: Buffer | undefined;
  /**
   * SHA-256 of all packets in clear that the sender of this direction has sent, then of all that it
   * has received; empty: the connection was encrypted before we had it.
   */
  readonly digests: Buffer;
}

/** Both directions of an encrypted connection. */
export class PacketCipher {
  private readonly sender: Direction;
  private readonly receiver: Direction;

  constructor(
    private readonly key: KeyObject,
    send: DirectionState,
    receive: DirectionState,
  ) {
    this.sender = new Direction({ ...send, iv: send.iv ?? randomBytes(IV_SIZE) });
    this.receiver = new Direction(receive);
  }

  /** Encrypts a packet's payload. Gives the parts of the packet as it is sent. */
  seal(last: boolean, payload: Buffer): readonly [head: Buffer, text: Buffer, tag: Buffer] {
    const { sender } = this;
    const first = sender.count === 0;
    const iv = sender.nextIv();
    const head = Buffer.allocUnsafe(first ? HEADER_SIZE + IV_SIZE : HEADER_SIZE);
    if (first) iv.copy(head, HEADER_SIZE);
    const header = first ? head.subarray(0, HEADER_SIZE) : head;
    writeHeader(header, last, head.length - HEADER_SIZE + payload.length + TAG_SIZE);
    const cipher = createCipheriv(ALGORITHM, this.key, iv, TAG);
    cipher.setAAD(first ? Buffer.concat([sender.digests, header]) : header);
    const text = cipher.update(payload);
    cipher.final();
    return [head, text, cipher.getAuthTag()];
  }

  /**
   * The payload of a packet that came.
   *
   * @throws WireTrouble where it was not sealed with this key, in this place, as it stands
   */
  open({ frame }: Packet): Buffer {
    const { receiver } = this;
    const first = receiver.count === 0;
    const start = first ? HEADER_SIZE + IV_SIZE : HEADER_SIZE;
    const end = frame.length - TAG_SIZE;
    if (end < start) throw new WireTrouble(`${frame.length} bytes are no encrypted packet`);
    if (first) receiver.setIv(frame.subarray(HEADER_SIZE, start));
    const header = frame.subarray(0, HEADER_SIZE);
    const decipher = createDecipheriv(ALGORITHM, this.key, receiver.nextIv(), TAG);
    decipher.setAAD(first ? Buffer.concat([receiver.digests, header]) : header);
    decipher.setAuthTag(frame.subarray(end));
    const payload = decipher.update(frame.subarray(start, end));
    try {
      decipher.final();
    } catch {
      throw new WireTrouble(
        `Packet ${receiver.count} does not pass authentication: another key, or it was changed`,
      );
    }
    return payload;
  }
}

/** Counts the packets of a direction, and makes their IVs. */
class Direction {
  count: number;
  readonly digests: Buffer;
  private readonly iv = Buffer.alloc(IV_SIZE);
  private base = 0;

  constructor({ count, iv, digests }: DirectionState) {
    this.count = count;
    this.digests = digests;
    if (iv !== undefined) this.setIv(iv);
  }

  setIv(iv: Buffer): void {
    iv.copy(this.iv);
    this.base = iv.readUInt32BE(0);
  }

  /** The IV of the next packet; valid until the one after. */
  nextIv(): Buffer {
    if (this.count >= PACKETS_LIMIT) {
      throw new WireTrouble('The connection has carried as many packets as one key may encrypt');
    }
    this.iv.writeUInt32BE((this.base + this.count) % PACKETS_LIMIT, 0);
    this.count += 1;
    return this.iv;
  }
}
