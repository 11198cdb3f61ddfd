/**
 * The log file: opened safely, written synchronously, rotated, shared with other starters.
 *
 * Every line is one write(2) with O_APPEND, so that it is on its way to the disk before the call
 * returns, whatever becomes of this process, and so that lines of several writers do not mix.
 * Nothing here throws after the file was opened: a full disk costs lines, not the job.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { err, ok, type Result } from '../result';
import type { LogLimit } from './log-limit';
import { LineWriter } from './line-writer';
import { type RotationPlace, rotate } from './rotation';

/** How a log file is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** When it is rotated. */
  readonly limit: LogLimit;
  /** MAX_NUM_STARTER_LOG: how many rotated files stay. */
  readonly keep: number;
  /** TRUNC_STARTER_LOG_ON_OPEN: whether it begins empty. */
  readonly truncate: boolean;
}

/** Makes a line of its own out of a message of the log's own: what it says about itself. */
export type Headline = (message: string) => string;

/** A place that lines are written to. */
export interface LineOutput {
  /** Writes whole lines. Never throws: what cannot be written is counted and told of later. */
  write(lines: string): void;
  close(): void;
}

/**
 * Opens a log file.
 *
 * @param headline forms the lines that the file itself adds (rotations, lost lines)
 * @returns an error that names the file and what is wrong with it
 */
export function openLogFile(
  options: LogFileOptions,
  headline: Headline,
): Result<LineOutput, string> {
  try {
    const descriptor = openForAppending(options.path);
    if (typeof descriptor === 'string') return err(descriptor);
    if (options.truncate) ftruncateSync(descriptor);
    return ok(new LogFile(options, headline, descriptor));
  } catch (error) {
    return err(`cannot open the log file ${options.path}: ${explain(error)}`);
  }
}

class LogFile implements LineOutput {
  private readonly writer: LineWriter;
  private toldOfTrouble = false;

  constructor(
    private readonly options: LogFileOptions,
    private readonly headline: Headline,
    descriptor: number,
  ) {
    this.writer = new LineWriter(descriptor, headline);
  }

  write(lines: string): void {
    this.follow();
    this.writer.write(lines);
  }

  close(): void {
    closeSync(this.writer.descriptor);
  }

  /** Sees to it that the descriptor is the file at our path, and that this is not full. */
  private follow(): void {
    try {
      const own = fstatSync(this.writer.descriptor);
      const current = statSync(this.options.path, { throwIfNoEntry: false });
      if (current === undefined || !isSame(own, current)) {
        // Another starter, or logrotate, has moved the file away.
        this.reopen();
      } else if (isFull(current, this.options.limit)) {
        this.rotate(current);
      }
    } catch {
      // The line goes to the file that is open; the next one tries again.
    }
  }

  private reopen(): void {
    const descriptor = openForAppending(this.options.path);
    if (typeof descriptor === 'number') this.writer.moveTo(descriptor);
  }

  private rotate(current: Stats): void {
    const { path, keep } = this.options;
    const place: RotationPlace = { path, keep, file: current };
    try {
      const rotated = rotate(place);
      this.reopen();
      if (rotated === undefined) return;
      this.writer.write(this.headline(`The log before this line is in ${rotated}`));
    } catch (error) {
      // ENOENT: another starter was faster.
      if (this.toldOfTrouble || (error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.toldOfTrouble = true;
      this.writer.write(this.headline(`The log cannot be rotated: ${(error as Error).message}`));
    }
  }
}

const OPEN_FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  // A link here would let whoever made it choose the file that root appends to.
  constants.O_NOFOLLOW |
  // Without it a FIFO would hold us up until somebody reads.
  constants.O_NONBLOCK |
  constants.O_NOCTTY;

/** /dev/null: Linux's character device 1:3. */
const NULL_DEVICE = 0x103;

/** The descriptor, or a sentence about what is there instead of a file. */
function openForAppending(path: string): number | string {
  const descriptor = openSync(path, OPEN_FLAGS, 0o644);
  const stats = fstatSync(descriptor);
  if (stats.isFile() || (stats.isCharacterDevice() && stats.rdev === NULL_DEVICE)) {
    return descriptor;
  }
  closeSync(descriptor);
  return `cannot use ${path} as log file: it is not a regular file`;
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function isFull(stats: Stats, limit: LogLimit): boolean {
  if (limit.kind === 'never' || !stats.isFile() || stats.size === 0) return false;
  if (limit.kind === 'size') return stats.size >= limit.bytes;
  const period = (seconds: number): number => Math.floor(seconds / limit.seconds);
  return period(Date.now() / 1000) > period(stats.mtimeMs / 1000);
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  // What open(2) says of a link that is not followed.
  return code === 'ELOOP' ? 'it is a symbolic link' : message;
}
