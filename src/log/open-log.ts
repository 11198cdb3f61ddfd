/**
 * Opens the log: winston with outputs that write HTCondor's lines at once.
 */
import { isatty } from 'node:tty';
import path from 'node:path';
import type winston from 'winston';
import { err, ok, type Result } from '../result';
import { makeTrustedDirectory } from '../trusted-directory';
import type { Category, DebugCategory, Verbosity } from './categories';
import { type DebugFlags, isLogged } from './debug-flags';
import type { LineStyle } from './line';
import { LineWriter } from './line-writer';
import { type LineOutput, type LogFileOptions, openLogFile } from './log-file';
import type { Logger } from './logger';
import { dressLine, makeTransport, type OutputStyle, winstonLevels } from './outputs';

/** What a log is opened with. */
export interface LogOptions {
  readonly flags: DebugFlags;
  /** DEBUG_TIME_FORMAT. */
  readonly timeFormat: string;
  /** `-header`. */
  readonly prefix?: string | undefined;
  /** A file, or standard error. */
  readonly destination: LogDestination;
}

export type LogDestination =
  | ({
      readonly kind: 'file';
      /** Makes missing directories. */ readonly makeDirectory: boolean;
    } & LogFileOptions)
  | {
      readonly kind: 'terminal';
      readonly environment: Readonly<Record<string, string | undefined>>;
    };

const STDERR = 2;

/**
 * Opens a log.
 *
 * @returns an error that names the file or directory and what is wrong with it
 */
export function openLog(options: LogOptions): Result<Logger, string> {
  const style = styleOf(options);
  const output = openOutput(options.destination, style);
  return output.ok ? ok(makeLogger([{ style, output: output.value }])) : output;
}

function styleOf({ flags, timeFormat, prefix, destination }: LogOptions): OutputStyle {
  // HTCondor takes the format with quotation marks around it too.
  const format = timeFormat.replace(/^"([^"]*)"$/, '$1');
  const style: LineStyle = { header: flags.header, timeFormat: format, prefix };
  const coloured = destination.kind === 'terminal' && wantsColour(destination.environment);
  return { ...style, flags, coloured };
}

/** Colours are for terminals that can show them, unless NO_COLOR (no-color.org) is set. */
function wantsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  return isatty(STDERR) && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

function openOutput(destination: LogDestination, style: OutputStyle): Result<LineOutput, string> {
  const headline = (message: string): string =>
    dressLine({ level: 'D_ALWAYS', message, verbosity: 1 }, style);
  if (destination.kind === 'terminal') {
    const writer = new LineWriter(STDERR, headline);
    return ok({ write: (lines) => writer.write(lines), close: () => undefined });
  }
  if (destination.makeDirectory) {
    // The logs of root are for everybody to read, those of a user are the user's own.
    const mode = process.geteuid?.() === 0 ? 0o755 : 0o700;
    const made = makeTrustedDirectory(path.dirname(destination.path), mode);
    if (!made.ok) return err(`cannot use the log file ${destination.path}: ${made.error}`);
  }
  return openLogFile(destination, headline);
}

interface Output {
  readonly style: OutputStyle;
  readonly output: LineOutput;
}

function makeLogger(outputs: readonly Output[]): Logger {
  const library = loadWinston();
  const logger = prepared ?? prepareLogger();
  prepared = undefined;
  for (const { style, output } of outputs) logger.add(makeTransport(library, style, output));
  const isEnabled = (category: DebugCategory, verbosity: Verbosity = 1): boolean =>
    outputs.some(({ style }) => isLogged(style.flags, category, verbosity));
  let open = true;
  const write = (level: Category, message: string, verbosity: Verbosity): void => {
    if (open) logger.log({ level, message, verbosity });
  };
  return {
    always: (message) => write('D_ALWAYS', message, 1),
    status: (message) => write('D_STATUS', message, 1),
    error: (message) => write('D_ERROR', message, 1),
    debug(category, message, verbosity = 1) {
      if (!isEnabled(category, verbosity)) return;
      if (category === 'D_FULLDEBUG') write('D_ALWAYS', message(), 2);
      else write(category, message(), verbosity);
    },
    isEnabled,
    close() {
      open = false;
      logger.close();
    },
  };
}

/** A logger without outputs, for the first log that is opened: winston makes a class for each. */
let prepared: winston.Logger | undefined;

/** Loads what a log needs, without opening one. */
export function preloadLog(): void {
  prepared ??= prepareLogger();
}

function prepareLogger(): winston.Logger {
  return loadWinston().createLogger({ levels: winstonLevels(), level: 'D_ALWAYS' });
}

/** Loaded when a log opens: commands that need none start without it. */
function loadWinston(): typeof winston {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` would load it at start
  return require('winston') as typeof winston;
}
