/**
 * The starter's log, opened as the configuration says.
 */
import { type Config, describeOrigin } from '../condor/config';
import {
  DEBUG_WORDS,
  type DebugFlags,
  type LogDestination,
  type Logger,
  openLog,
  parseDebugFlags,
  parseLogLimit,
} from '../log';
import { nearest } from '../nearest';
import { err, ok, type Result } from '../result';
import { VERSION } from '../version';

/** What the command line says about the log, beside the knobs. */
export interface LogSettings {
  /** Log to standard error instead of the log file. */
  readonly terminalLog: boolean;
  /** Debug categories beside those of STARTER_DEBUG. */
  readonly debug: string | undefined;
  /** `-a`: comes after the file's name and a dot. */
  readonly logAppend?: string | undefined;
  /** `-header`: comes before every message. */
  readonly logHeader?: string | undefined;
}

/** What STARTER_LOG_NAME_APPEND can choose from. */
export interface LogNames {
  readonly slot?: string | undefined;
  readonly cluster?: number | undefined;
  readonly proc?: number | undefined;
}

/**
 * Opens the log. Its first line names Eyrie and its version.
 *
 * @returns a sentence that names the file or the knob that is wrong
 */
export function openStarterLog(
  config: Config,
  settings: LogSettings,
  names: LogNames = {},
): Result<Logger, string> {
  const flags = debugFlags(config, settings.debug ?? '');
  if (!flags.ok) return flags;
  const destination = settings.terminalLog
    ? ok({ kind: 'terminal', environment: process.env } as const)
    : logFile(config, settings.logAppend ?? appendix(config, names));
  if (!destination.ok) return destination;
  const log = openLog({
    flags: flags.value,
    timeFormat: config.string('DEBUG_TIME_FORMAT') ?? '',
    prefix: settings.logHeader,
    destination: destination.value,
  });
  if (!log.ok) return log;
  log.value.always(`** Eyrie ${VERSION} starter, pid ${process.pid}, uid ${process.geteuid?.()}`);
  for (const word of flags.value.unknown) log.value.always(`Unknown debug category: ${word}`);
  return log;
}

/**
 * All flags together. A word of a knob that means nothing may be one of another HTCondor version;
 * on the command line it is misspelt.
 */
function debugFlags(config: Config, commandLine: string): Result<DebugFlags, string> {
  const [wrong] = parseDebugFlags(commandLine).unknown;
  if (wrong !== undefined) {
    const meant = nearest(wrong, DEBUG_WORDS);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return err(`-d ${wrong}: there is no debug category of this name${hint}`);
  }
  const timestamps = config.boolean('LOGS_USE_TIMESTAMP');
  if (!timestamps.ok) return err(timestamps.error.message);
  return ok(
    parseDebugFlags(
      timestamps.value ? 'D_TIMESTAMP' : '',
      config.string('ALL_DEBUG') ?? '',
      config.string('STARTER_DEBUG') ?? '',
      commandLine,
    ),
  );
}

function logFile(config: Config, append: string | undefined): Result<LogDestination, string> {
  const path = config.path('STARTER_LOG');
  const keep = config.integer('MAX_NUM_STARTER_LOG');
  const truncate = config.boolean('TRUNC_STARTER_LOG_ON_OPEN');
  if (!path.ok) return err(path.error.message);
  if (!keep.ok) return err(keep.error.message);
  if (!truncate.ok) return err(truncate.error.message);
  if (path.value === undefined) return err('The knob STARTER_LOG is empty; name a file, or use -t');
  const limit = parseLogLimit(config.string('MAX_STARTER_LOG') ?? '0');
  if (!limit.ok) {
    const origin = describeOrigin(config.origin('MAX_STARTER_LOG'));
    return err(`MAX_STARTER_LOG = ${config.text('MAX_STARTER_LOG')} (${origin}): ${limit.error}`);
  }
  return ok({
    kind: 'file',
    path: append ? `${path.value}.${append}` : path.value,
    limit: limit.value,
    keep: keep.value,
    truncate: truncate.value,
    makeDirectory: true,
  });
}

/** STARTER_LOG_NAME_APPEND, where what it asks for is known. */
function appendix(config: Config, { cluster, proc, slot }: LogNames): string | undefined {
  const choice = config.choice('STARTER_LOG_NAME_APPEND');
  switch (choice.ok ? choice.value : '') {
    case 'false':
    case '0':
      return undefined;
    case 'Cluster':
    case 'ClusterId':
      return cluster?.toString();
    case 'JobId':
      return cluster === undefined ? undefined : `${cluster}.${proc ?? 0}`;
    default:
      return slot;
  }
}
