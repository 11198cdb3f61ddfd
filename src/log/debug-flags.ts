/**
 * What STARTER_DEBUG, ALL_DEBUG and `-d` say: which categories are logged, and what each line shows
 * beside its message.
 *
 *     D_PID D_FULLDEBUG, D_SECURITY:2|-D_JOB
 *
 * Words are separated by blanks, commas or bars. `:0` or a leading `-` turns a category off, `:2`
 * turns its verbose level on. D_ALWAYS, D_ERROR and D_STATUS are on from the start.
 *
 * Source: the manual's entry `<SUBSYS>_DEBUG`; how words combine was read from HTCondor's parser.
 */
import { CATEGORIES, type Category, type DebugCategory, type Verbosity } from './categories';

/** What stands before the message, beside the time. */
export interface HeaderFlags {
  /** D_PID: `(pid:123) `. */
  readonly pid: boolean;
  /** D_FDS: `(fd:7) `, the lowest free descriptor, which grows where descriptors leak. */
  readonly fds: boolean;
  /** D_CAT: `(D_JOB:2) `. */
  readonly category: boolean;
  /** D_SUB_SECOND: milliseconds. */
  readonly subSecond: boolean;
  /** D_TIMESTAMP: seconds since 1970 instead of DEBUG_TIME_FORMAT. */
  readonly timestamp: boolean;
}

/** A parsed set of flags. */
export interface DebugFlags {
  readonly basic: ReadonlySet<Category>;
  readonly verbose: ReadonlySet<Category>;
  readonly header: HeaderFlags;
  /** Words that mean nothing. HTCondor passes them over; a log should mention them. */
  readonly unknown: readonly string[];
}

type Header = { -readonly [Name in keyof HeaderFlags]: HeaderFlags[Name] };

/** What one word turns on or off. */
interface Meaning {
  readonly categories: readonly Category[];
  readonly header: readonly (keyof Header)[];
  /** The level where the word names none. */
  readonly verbosity?: Verbosity;
}

const HEADER_WORDS: Readonly<Record<string, Meaning>> = {
  D_ALL: { categories: CATEGORIES, header: ['pid', 'fds', 'category'] },
  D_ANY: { categories: CATEGORIES, header: [] },
  D_FULLDEBUG: { categories: ['D_ALWAYS'], header: [], verbosity: 2 },
  D_FAILURE: { categories: ['D_ERROR'], header: [] },
  D_PID: { categories: [], header: ['pid'] },
  D_FDS: { categories: [], header: ['fds'] },
  D_CAT: { categories: [], header: ['category'] },
  D_CATEGORY: { categories: [], header: ['category'] },
  D_LEVEL: { categories: [], header: ['category'] },
  D_SUB_SECOND: { categories: [], header: ['subSecond'] },
  D_TIMESTAMP: { categories: [], header: ['timestamp'] },
};

/** All words that mean something, for messages about one that does not. */
export const DEBUG_WORDS: readonly string[] = [...CATEGORIES, ...Object.keys(HEADER_WORDS)];

/** Words of other HTCondor versions and of what this log has not: no reason for a warning. */
const IGNORED =
  /^D_(?:BACKTRACE|IDENT|GENERIC_VERBOSE|EXPR|NODATE|CKPT|PROC|NFS|2[56]|XML|UPDOWN|EXCEPT)$/;

const WORD = /^([-+]?)([A-Z_0-9]+)(?::(\d)?)?$/;

/**
 * Parses flags.
 *
 * @param texts the values of several knobs; a later one adds to and takes from earlier ones
 */
export function parseDebugFlags(...texts: readonly string[]): DebugFlags {
  const basic = new Set<Category>(['D_ALWAYS', 'D_ERROR', 'D_STATUS']);
  const verbose = new Set<Category>();
  const header: Header = {
    pid: false,
    fds: false,
    category: false,
    subSecond: false,
    timestamp: false,
  };
  const unknown: string[] = [];
  for (const word of texts.flatMap((text) => text.split(/[\s,|]+/)).filter(Boolean)) {
    const [, sign = '', name = '', digit] = WORD.exec(word.toUpperCase()) ?? [];
    const meaning = meaningOf(name);
    if (meaning === undefined) {
      if (!IGNORED.test(name)) unknown.push(word);
      continue;
    }
    const level = digit === undefined ? (sign === '-' ? 0 : (meaning.verbosity ?? 1)) : +digit;
    for (const flag of meaning.header) header[flag] = level > 0;
    for (const category of meaning.categories) turn(category, level, meaning, basic, verbose);
  }
  return { basic, verbose, header, unknown };
}

/** Whether a line of this category and level is logged. */
export function isLogged(
  flags: Pick<DebugFlags, 'basic' | 'verbose'>,
  category: DebugCategory,
  verbosity: Verbosity = 1,
): boolean {
  if (category === 'D_FULLDEBUG') return flags.verbose.has('D_ALWAYS');
  return verbosity === 2 ? flags.verbose.has(category) : flags.basic.has(category);
}

function meaningOf(name: string): Meaning | undefined {
  const word = Object.hasOwn(HEADER_WORDS, name) ? HEADER_WORDS[name] : undefined;
  if (word !== undefined) return word;
  const category = CATEGORIES.find((candidate) => candidate === name);
  return category === undefined ? undefined : { categories: [category], header: [] };
}

function turn(
  category: Category,
  level: number,
  meaning: Meaning,
  basic: Set<Category>,
  verbose: Set<Category>,
): void {
  // D_FULLDEBUG:1 means D_ALWAYS:2.
  const isVerbose = level > 1 || (level > 0 && meaning.verbosity === 2);
  if (level > 0) basic.add(category);
  // A log without D_ALWAYS and D_ERROR helps nobody; HTCondor does not turn D_ALWAYS off either.
  else if (category !== 'D_ALWAYS' && category !== 'D_ERROR') basic.delete(category);
  if (isVerbose) verbose.add(category);
  else if (level === 0) verbose.delete(category);
}
