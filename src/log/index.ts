/**
 * The log: HTCondor's line form and debug categories, through winston.
 *
 *     const log = openLog({ flags: parseDebugFlags('D_PID D_FULLDEBUG'), ... });
 *     if (log.ok) log.value.debug('D_JOB', () => printClassAd(job, 'old'));
 */
export type { Category, DebugCategory, Verbosity } from './categories';
export { DEBUG_WORDS, type DebugFlags, parseDebugFlags } from './debug-flags';
export type { LogFileOptions } from './log-file';
export { type LogLimit, parseLogLimit } from './log-limit';
export type { Logger } from './logger';
export { type LogDestination, type LogOptions, openLog, preloadLog } from './open-log';
