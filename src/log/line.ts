/**
 * A log line as HTCondor writes it: `11/21/26 03:08:19 (pid:123) (D_JOB) message`.
 *
 * Source: the manual's entries `<SUBSYS>_DEBUG` and DEBUG_TIME_FORMAT; the order of the header's
 * parts was read off lines of HTCondor 23.9.6.
 */
import { printable } from '../printable';
import type { Category, Verbosity } from './categories';
import type { HeaderFlags } from './debug-flags';
import { strftime } from './strftime';

/** What a line says about itself. */
export interface LineFacts {
  readonly time: Date;
  readonly category: Category;
  readonly verbosity: Verbosity;
  readonly pid: number;
  /** The lowest free descriptor; asked for only where the header shows it. */
  readonly lowestFreeDescriptor: () => number;
}

/** How lines look. */
export interface LineStyle {
  readonly header: HeaderFlags;
  /** DEBUG_TIME_FORMAT. */
  readonly timeFormat: string;
  /** `-header`: stands before every message; undefined: nothing does. */
  readonly prefix?: string | undefined;
}

/** What stands before the message, with a blank at its end. */
export function formatHeader(facts: LineFacts, { header, timeFormat, prefix }: LineStyle): string {
  const parts = [formatTime(facts.time, header, timeFormat)];
  if (header.fds) parts.push(`(fd:${facts.lowestFreeDescriptor()})`);
  if (header.pid) parts.push(`(pid:${facts.pid})`);
  if (header.category) parts.push(`(${categoryLabel(facts)})`);
  if (prefix !== undefined) parts.push(prefix);
  return `${parts.join(' ')} `;
}

/**
 * A message in printable lines, each with the header. A message can hold what a job has chosen, a
 * file's name for one: it shall neither look like another line of the log nor steer a terminal.
 *
 * @returns the lines, each with its line end
 */
export function formatLines(header: string, message: string): string {
  const lines = message.replace(/\n$/, '').split('\n');
  return lines.map((line) => `${header}${printable(line)}\n`).join('');
}

/** D_STATUS lines are labelled D_ALWAYS, as HTCondor's are. */
function categoryLabel({ category, verbosity }: LineFacts): string {
  const name = category === 'D_STATUS' ? 'D_ALWAYS' : category;
  return verbosity === 2 ? `${name}:2` : name;
}

function formatTime(time: Date, header: HeaderFlags, timeFormat: string): string {
  const seconds = header.timestamp
    ? String(Math.floor(time.getTime() / 1000))
    : strftime(timeFormat, time);
  if (!header.subSecond) return seconds;
  return `${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
