/**
 * Writes lines to a descriptor, synchronously, and keeps count of those that could not be written.
 */
import { closeSync, writeSync } from 'node:fs';

/** How long to wait in all for room in a pipe or terminal that is non-blocking, milliseconds. */
const PATIENCE = 2000;
const PAUSE = 2;

/** What went wrong with the last lines. */
interface Loss {
  readonly lines: number;
  readonly reason: string;
}

export class LineWriter {
  private loss: Loss | undefined;
  /** A line was cut off in the middle: the next one must not be glued to it. */
  private torn = false;

  /**
   * @param headline makes a line of a message, to tell of lines that were lost
   */
  constructor(
    private current: number,
    private readonly headline: (message: string) => string,
  ) {}

  /** The descriptor that is written to. */
  get descriptor(): number {
    return this.current;
  }

  /** Goes on with another descriptor and closes the present one. */
  moveTo(descriptor: number): void {
    const left = this.current;
    this.current = descriptor;
    this.torn = false;
    closeSync(left);
  }

  /** Writes lines, each with its line end. Does not throw. */
  write(lines: string): void {
    const start = this.torn ? '\n' : '';
    const notice = this.loss === undefined ? '' : this.headline(describeLoss(this.loss));
    const bytes = Buffer.from(start + notice + lines);
    const { written, trouble } = writeWhole(this.current, bytes);
    if (trouble === undefined) {
      this.loss = undefined;
      this.torn = false;
      return;
    }
    if (written > 0) this.torn = bytes[written - 1] !== LINE_END;
    this.loss = { lines: (this.loss?.lines ?? 0) + countLines(lines), reason: trouble };
  }
}

const LINE_END = 0x0a;

interface Written {
  readonly written: number;
  /** Why not everything was written. */
  readonly trouble?: string;
}

function writeWhole(descriptor: number, bytes: Buffer): Written {
  let written = 0;
  let patience = PATIENCE;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' || patience <= 0) return { written, trouble: message };
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      patience -= PAUSE;
    }
  }
  return { written };
}

function countLines(lines: string): number {
  return lines.split('\n').length - 1;
}

function describeLoss({ lines, reason }: Loss): string {
  return `${lines} ${lines === 1 ? 'line of the log was' : 'lines of the log were'} lost: ${reason}`;
}
