/**
 * The dialects of procd's wire. The number of a command is its place in a list that changed over
 * time, and the usage record grew; nothing on the wire tells which is meant, so a setting does.
 *
 * Source: proc_family_io.h and proc_family_usage.h of HTCondor's releases.
 */
import type { ProcdCommand } from './requests';
import type { UsageField } from './usage-record';

/** One dialect. */
export interface Dialect {
  /** The release that brought it. */
  readonly since: string;
  /** The number of each command is its place. */
  readonly commands: readonly ProcdCommand[];
  /** The fields of the usage record, in order. */
  readonly usage: readonly UsageField[];
}

const FIRST: readonly ProcdCommand[] = ['register-subfamily'];
const TRACKED: readonly ProcdCommand[] = [
  'register-subfamily',
  'track-environment',
  'track-login',
  'track-allocated-group',
];
const TWO_GROUPS: readonly ProcdCommand[] = [...TRACKED, 'track-associated-group'];
const REST: readonly ProcdCommand[] = [
  'signal-process',
  'suspend-family',
  'continue-family',
  'kill-family',
  'get-usage',
  'unregister-family',
  'take-snapshot',
  'dump',
  'quit',
];
const GLEXEC: readonly ProcdCommand[] = [...TWO_GROUPS, 'use-glexec', ...REST, 'track-cgroup'];

const TIMES: readonly UsageField[] = ['userCpu', 'systemCpu', 'percentCpu'];
const IMAGES: readonly UsageField[] = [...TIMES, 'maxImageSize', 'imageSize'];
const OLD_USAGE: readonly UsageField[] = [...IMAGES, 'processes'];
const RESIDENT: readonly UsageField[] = [...IMAGES, 'resident'];
const PROPORTIONAL: readonly UsageField[] = [
  ...RESIDENT,
  'proportional',
  'hasProportional',
  'processes',
];
const BYTES: readonly UsageField[] = ['blockReadBytes', 'blockWriteBytes'];
const BLOCKS: readonly UsageField[] = [...PROPORTIONAL, 'blockReads', 'blockWrites', ...BYTES];

/** All dialects, the newest first. */
const DIALECTS: readonly Dialect[] = [
  {
    since: '9.11.0',
    commands: [...TWO_GROUPS, ...REST, 'track-cgroup'],
    usage: [...BLOCKS, 'instructions', 'ioWait'],
  },
  { since: '9.1.0', commands: GLEXEC, usage: [...BLOCKS, 'instructions', 'ioWait'] },
  { since: '8.8.0', commands: GLEXEC, usage: [...BLOCKS, 'ioWait'] },
  { since: '8.1.5', commands: GLEXEC, usage: BLOCKS },
  { since: '7.7.0', commands: GLEXEC, usage: [...PROPORTIONAL, ...BYTES] },
  {
    since: '7.5.6',
    commands: [...TWO_GROUPS, 'use-glexec', ...REST],
    usage: [...RESIDENT, 'processes'],
  },
  {
    since: '7.5.4',
    commands: [...TRACKED, 'use-glexec', ...REST],
    usage: [...RESIDENT, 'processes'],
  },
  { since: '7.1.3', commands: [...TRACKED, 'use-glexec', ...REST], usage: OLD_USAGE },
  { since: '6.9.5', commands: [...TRACKED, ...REST], usage: OLD_USAGE },
  { since: '6.9.2', commands: [...FIRST, ...REST], usage: OLD_USAGE },
];

/** The dialect of 9.11.0 and everything after it. */
export const CURRENT_DIALECT = newest();

function newest(): Dialect {
  const [first] = DIALECTS;
  if (first === undefined) throw new Error('there is no dialect');
  return first;
}

/**
 * The dialect that a release of HTCondor speaks.
 *
 * @param version `9.11.0`, `8.8`, `23.9.6`
 * @returns undefined for what is no version, or one before there was a procd (6.9.2)
 */
export function dialectOf(version: string): Dialect | undefined {
  const numbers = numbersOf(version);
  return numbers && DIALECTS.find(({ since }) => !isBefore(numbers, numbersOf(since) ?? []));
}

/** The releases that dialects are named after, the newest first. */
export function dialectNames(): readonly string[] {
  return DIALECTS.map(({ since }) => since);
}

/** The number of a command; undefined where the dialect has no such command. */
export function commandNumber(dialect: Dialect, command: ProcdCommand): number | undefined {
  const number = dialect.commands.indexOf(command);
  return number < 0 ? undefined : number;
}

function numbersOf(version: string): readonly number[] | undefined {
  return /^\d{1,4}(\.\d{1,4}){1,2}$/.test(version) ? version.split('.').map(Number) : undefined;
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (let at = 0; at < 3; at += 1) {
    const difference = (version[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
