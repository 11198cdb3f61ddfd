import { Buffer } from 'node:buffer';
import { toBytes } from '../byte-text';

/** Where the native pointers of argv and envp go: 8 bytes for each. */
const POINTER_ROOM = 8;

/**
 * Writes the plan's fields one after the other, as native/plan.h lays them out: little-endian,
 * aligned to 4.
 */
export class PlanWriter {
  private bytes = Buffer.alloc(4096);
  private used = 0;

  /** Bytes written so far: the offset of what comes next. */
  get offset(): number {
    return this.used;
  }

  /** An unsigned 32-bit number. */
  number(value: number): void {
    const offset = this.take(4);
    this.bytes.writeUInt32LE(value, offset);
  }

  /** Sets a number that was written before. */
  setNumber(offset: number, value: number): void {
    this.bytes.writeUInt32LE(value, offset);
  }

  /** An unsigned 64-bit number. */
  limit(value: bigint): void {
    const offset = this.take(8);
    this.bytes.writeBigUInt64LE(value, offset);
  }

  /** Length, the bytes, a NUL, zeroes up to a multiple of 4. */
  text(value: string): void {
    const bytes = toBytes(value);
    this.number(bytes.length);
    const offset = this.take((Math.floor(bytes.length / 4) + 1) * 4);
    this.bytes.set(bytes, offset);
  }

  /** Count and words of a bit mask. */
  words(values: Uint32Array): void {
    this.number(values.length);
    for (const value of values) this.number(value);
  }

  /** Count, room for the pointers of the vector and its NULL, the texts. */
  strings(values: readonly string[]): void {
    this.number(values.length);
    this.number(0);
    this.alignTo8();
    this.take((values.length + 1) * POINTER_ROOM);
    for (const value of values) this.text(value);
  }

  /** Zeroes up to a multiple of 8. */
  alignTo8(): void {
    this.take((8 - (this.used % 8)) % 8);
  }

  /** All that was written. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  /** Takes `length` zero bytes and gives their offset. May move `bytes`. */
  private take(length: number): number {
    const offset = this.used;
    this.used += length;
    if (this.used > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.used, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, offset);
      this.bytes = larger;
    }
    return offset;
  }
}
