/**
 * Outputs of the log as winston transports: each has its own flags and looks.
 */
import { closeSync, openSync } from 'node:fs';
import type winston from 'winston';
import type { TransportStreamOptions } from 'winston-transport';
import { CATEGORIES, type Category, type Verbosity } from './categories';
import { type DebugFlags, isLogged } from './debug-flags';
import { formatHeader, formatLines, type LineStyle } from './line';
import type { LineOutput } from './log-file';

/** Where logform keeps the finished line: the symbol of the package triple-beam. */
const MESSAGE = Symbol.for('message');

/** A line on its way through winston. Each category is a level of its own. */
export interface LogEntry {
  level: Category;
  message: string;
  verbosity: Verbosity;
  [symbol: symbol]: unknown;
}

/** The levels that winston is told of: none is above another, outputs choose by their flags. */
export function winstonLevels(): Record<string, number> {
  return Object.fromEntries(CATEGORIES.map((category) => [category, 0]));
}

/** How an output makes lines of messages. */
export interface OutputStyle extends LineStyle {
  readonly flags: DebugFlags;
  /** For a terminal: errors stand out. */
  readonly coloured: boolean;
}

/**
 * Makes a transport. It writes before it returns, which winston's own File transport does not.
 *
 * @param library winston, which is loaded late
 */
export function makeTransport(
  library: typeof winston,
  style: OutputStyle,
  output: LineOutput,
): winston.transport {
  const dress = library.format((info) => {
    const entry = info as unknown as LogEntry;
    if (!isLogged(style.flags, entry.level, entry.verbosity)) return false;
    return { ...info, [MESSAGE]: dressLine(entry, style) };
  });
  // winston's own types have the class under a name that it does not export.
  const { Transport } = library as unknown as {
    Transport: new (options: TransportStreamOptions) => winston.transport;
  };
  return new Transport({
    format: dress(),
    log(info: LogEntry, next: () => void) {
      output.write(String(info[MESSAGE]));
      next();
    },
    close: () => output.close(),
  });
}

/** The lines of a message, ready to be written. */
export function dressLine(
  entry: Pick<LogEntry, 'level' | 'message' | 'verbosity'>,
  style: OutputStyle,
): string {
  const header = formatHeader(
    {
      time: new Date(),
      category: entry.level,
      verbosity: entry.verbosity,
      pid: process.pid,
      lowestFreeDescriptor,
    },
    style,
  );
  const lines = formatLines(header, entry.message);
  return style.coloured ? colour(lines, entry) : lines;
}

const RED = '\x1b[31m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** ECMA-48's "select graphic rendition": errors red, debug lines faint. */
function colour(
  lines: string,
  { level, verbosity }: Pick<LogEntry, 'level' | 'verbosity'>,
): string {
  const isPlain = (level === 'D_ALWAYS' || level === 'D_STATUS') && verbosity === 1;
  if (isPlain) return lines;
  const code = level === 'D_ERROR' ? RED : DIM;
  return lines.replace(/^.+$/gm, (line) => `${code}${line}${RESET}`);
}

function lowestFreeDescriptor(): number {
  try {
    const descriptor = openSync('/dev/null', 'r');
    closeSync(descriptor);
    return descriptor;
  } catch {
    return -1; // none is free
  }
}
