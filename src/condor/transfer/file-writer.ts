/**
 * Writes a large file while it comes: what arrives is gathered in one buffer while the other is
 * being written. A file that cannot be written any more swallows the rest, so that the streams stay
 * in step.
 */
import type { Result } from '../../result';
import { closeFile, writeAll } from './descriptors';

/** Packets of a genuine sender hold 4 KiB: too little for a write. */
const BUFFER_SIZE = 512 * 1024;

export class FileWriter {
  private filling = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  private idle = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  private filled = 0;
  private writing: Promise<Result<void, number>> | undefined;
  private failure: number | undefined;

  constructor(private readonly descriptor: number) {}

  /** Takes bytes over; resolves when the caller may bring more. */
  put(bytes: Buffer): void | Promise<void> {
    if (this.failure !== undefined) return undefined;
    if (this.filled + bytes.length > BUFFER_SIZE) return this.putLarge(bytes);
    this.filled += bytes.copy(this.filling, this.filled);
    return undefined;
  }

  private async putLarge(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && this.failure === undefined;) {
      const copied = bytes.copy(this.filling, this.filled, at);
      this.filled += copied;
      at += copied;
      if (this.filled === BUFFER_SIZE) await this.turn();
    }
  }

  /** Begins to write what was gathered, when what was written before is done. */
  private async turn(): Promise<void> {
    await this.settle();
    if (this.failure !== undefined) return;
    const full = this.filling.subarray(0, this.filled);
    [this.filling, this.idle] = [this.idle, this.filling];
    this.filled = 0;
    this.writing = writeAll(this.descriptor, full);
  }

  private async settle(): Promise<void> {
    const written = await this.writing;
    this.writing = undefined;
    if (written?.ok === false) this.failure ??= written.error;
  }

  /** Writes the rest and closes. Gives an errno where anything failed. */
  async finish(): Promise<number | undefined> {
    if (this.filled > 0 && this.failure === undefined) await this.turn();
    await this.settle();
    const closed = await closeFile(this.descriptor);
    if (!closed.ok) this.failure ??= closed.error;
    return this.failure;
  }
}
