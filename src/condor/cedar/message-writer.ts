/** Makes the bytes of a message. Rules: condor_io/stream.cpp of HTCondor, Stream::put(). */
import { toBytes } from '../../byte-text';
import { type ClassAd, printClassAd } from '../classad';
import type { MessageWriter } from './types';

const FIRST_SIZE = 512;

/** FRAC_CONST of stream.cpp: what the fraction of a double is multiplied with. */
export const FRACTION_SCALE = 2_147_483_647;

export class MessageBuffer implements MessageWriter {
  private data = Buffer.allocUnsafe(FIRST_SIZE);
  private length = 0;

  /** @param encrypted whether strings have their length in front, as on encrypted connections */
  constructor(private readonly encrypted: boolean) {}

  /** What was written. */
  finish(): Buffer {
    return this.data.subarray(0, this.length);
  }

  int(value: number | bigint): this {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(`${value} is no integer that can be sent`);
    }
    const at = this.grow(8);
    if (typeof value === 'bigint') this.data.writeBigInt64BE(value, at);
    else {
      this.data.writeInt32BE(Math.floor(value / 2 ** 32), at);
      this.data.writeUInt32BE(value >>> 0, at + 4);
    }
    return this;
  }

  double(value: number): this {
    const { fraction, exponent } = splitDouble(value);
    return this.int(Math.trunc(fraction * FRACTION_SCALE)).int(exponent);
  }

  string(value: string): this {
    if (value.includes('\0')) throw new RangeError('a string with a NUL cannot be sent');
    const bytes = toBytes(value);
    if (this.encrypted) this.int(bytes.length + 1);
    const at = this.grow(bytes.length + 1);
    this.data.set(bytes, at);
    this.data[at + bytes.length] = 0;
    return this;
  }

  bytes(value: Buffer): this {
    const at = this.grow(value.length);
    value.copy(this.data, at);
    return this;
  }

  /** A number of attributes, a string for each, and two types, which nobody fills any more. */
  ad(ad: ClassAd): this {
    // The printer gives a line for each attribute and never a line break within one.
    const lines = printClassAd(ad, 'old').split('\n');
    this.int(ad.size);
    for (let index = 0; index < ad.size; index += 1) this.string(withoutNul(lines[index] ?? ''));
    return this.string('').string('');
  }

  /** Makes room for more bytes, and tells where. */
  private grow(more: number): number {
    const at = this.length;
    this.length += more;
    if (this.length > this.data.length) {
      const data = Buffer.allocUnsafe(Math.max(2 * this.data.length, this.length));
      this.data.copy(data, 0, 0, at);
      this.data = data;
    }
    return at;
  }
}

/** A job may have put a NUL into a text; the wire cannot carry it, and the rest shall arrive. */
function withoutNul(line: string): string {
  return line.replaceAll('\0', '\ufffd');
}

/** As frexp(3): value = fraction × 2^exponent, 0.5 ≤ |fraction| < 1; 0 and 0 for 0. */
function splitDouble(value: number): { fraction: number; exponent: number } {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be sent`);
  if (value === 0) return { fraction: 0, exponent: 0 };
  const bits = new DataView(new ArrayBuffer(8));
  // A subnormal number has no exponent of its own until it is made a greater one.
  const shift = Math.abs(value) < 2 ** -1022 ? 54 : 0;
  bits.setFloat64(0, value * 2 ** shift);
  const high = bits.getUint16(0);
  bits.setUint16(0, (high & 0x800f) | (1022 << 4));
  return { fraction: bits.getFloat64(0), exponent: ((high >> 4) & 0x7ff) - 1022 - shift };
}
