/** Reads the values of a message. Rules: condor_io/stream.cpp of HTCondor, Stream::get(). */
import { fromBytes } from '../../byte-text';
import type { ClassAd } from '../classad';
import { readAd } from './ad-lines';
import { FRACTION_SCALE } from './message-writer';
import type { MessageReader } from './types';
import { WireTrouble } from './wire-trouble';

/** What stands for a string that is not there; BIN_NULL_CHAR of stream.cpp. */
const NULL_STRING = 0xad;

/** Greater than any exponent of a double. */
const EXPONENT_LIMIT = 1100;

export class MessageBody implements MessageReader {
  private at = 0;

  /** @param encrypted whether strings have their length in front, as on encrypted connections */
  constructor(
    private readonly data: Buffer,
    private readonly encrypted: boolean,
  ) {}

  get left(): number {
    return this.data.length - this.at;
  }

  int(): number {
    const at = this.take(8, 'an integer');
    const value = this.data.readInt32BE(at) * 2 ** 32 + this.data.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) throw new WireTrouble('An integer of more than 53 bits came');
    return value;
  }

  bigint(): bigint {
    return this.data.readBigInt64BE(this.take(8, 'an integer'));
  }

  double(): number {
    const fraction = this.int() / FRACTION_SCALE;
    const exponent = this.int();
    if (Math.abs(exponent) > EXPONENT_LIMIT) {
      throw new WireTrouble(`No number has the exponent ${exponent}`);
    }
    // 2^exponent alone may be too great or too small for a number where the product is not.
    const half = exponent >> 1;
    return fraction * 2 ** half * 2 ** (exponent - half);
  }

  /** A string that is not there is read as an empty one. */
  string(): string {
    const bytes = this.encrypted ? this.measuredString() : this.terminatedString();
    return bytes.length === 1 && bytes[0] === NULL_STRING ? '' : fromBytes(bytes);
  }

  bytes(length: number): Buffer {
    const at = this.take(length, `${length} bytes`);
    return this.data.subarray(at, at + length);
  }

  ad(): ClassAd {
    return readAd(this);
  }

  private terminatedString(): Buffer {
    const end = this.data.indexOf(0, this.at);
    if (end < 0) throw new WireTrouble('Expected a string, found no NUL that ends it');
    const bytes = this.data.subarray(this.at, end);
    this.at = end + 1;
    return bytes;
  }

  /** As HTCondor does, what follows a NUL within the length is not looked at. */
  private measuredString(): Buffer {
    const length = this.int();
    if (length < 1 || length > this.left) {
      throw new WireTrouble(
        `Expected a string, found one of ${length} bytes where ${this.left} are left`,
      );
    }
    const bytes = this.bytes(length);
    const end = bytes.indexOf(0);
    if (end < 0) throw new WireTrouble('Expected a string, found no NUL that ends it');
    return bytes.subarray(0, end);
  }

  /** Moves on, and tells where it was. */
  private take(length: number, what: string): number {
    // The length may be the peer's own word.
    if (length < 0 || length > this.left) {
      throw new WireTrouble(`Expected ${what}, found ${this.left} bytes at the end of the message`);
    }
    const { at } = this;
    this.at += length;
    return at;
  }
}
