/**
 * /proc/uptime: proc(5).
 */
import { err, ok, type Result } from '../../result';
import { readKernelFile } from './read';

/** Times since the kernel started, in seconds with hundredths. */
export interface Uptime {
  /** Since boot, suspended time included. */
  readonly up: number;
  /** Idle time, summed over all processors. */
  readonly idle: number;
}

/** Parses the file's one line. */
export function parseUptime(text: string): Result<Uptime, string> {
  const match = /^(\d+\.\d\d) (\d+\.\d\d)\n?$/.exec(text);
  return match
    ? ok({ up: Number(match[1]), idle: Number(match[2]) })
    : err(`/proc/uptime is not as proc(5) describes it: "${text}"`);
}

/** The time since this machine started. */
export function readUptime(): Result<Uptime, string> {
  const text = readKernelFile('/proc/uptime');
  return text.ok ? parseUptime(text.value) : text;
}
