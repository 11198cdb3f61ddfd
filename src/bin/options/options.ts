/** The table of `eyrie`'s options. The rows of {@link COMMANDS} name those that a command takes. */
import type { OptionRow } from './rows';

export const OPTIONS = {
  config: {
    letter: 'c',
    argument: 'FILE',
    completes: 'file',
    summary: 'read the configuration from FILE',
    default: "the site's starter.ini and, over it, the user's own",
  },
  set: {
    argument: 'KNOB=VALUE',
    repeatable: true,
    summary: 'set a knob: KNOB=VALUE, over everything else that sets it',
    details:
      'The value is all that follows the first `=`. Of two settings of one knob the later one ' +
      'counts. A knob that does not exist is an error.',
  },
  'machine-ad': {
    argument: 'FILE',
    completes: 'file',
    summary: "read the machine's ClassAd from FILE (-: standard input)",
    default: 'an ad made from what this host has',
  },
  execute: {
    argument: 'DIR',
    completes: 'directory',
    summary: "make the job's sandbox in DIR",
    default: 'the knob EXECUTE',
  },
  result: {
    argument: 'FILE',
    completes: 'file',
    summary: "write the job's result ClassAd to FILE",
    details:
      'The file is written whole under another name and then renamed, in the old ClassAd syntax, ' +
      'one attribute a line.',
  },
  json: {
    summary: 'print JSON on standard output',
    details: 'One object; of eyrie doctor an array, with one object for each check.',
  },
  watch: {
    letter: 'w',
    summary: 'go on, showing how it is every other second, until q or Ctrl-C',
  },
  address: {
    argument: 'ADDRESS',
    completes: 'file',
    summary: 'ask the procd with the named pipe ADDRESS',
    default: "those of this machine's running jobs, and CONDOR_PROCD_ADDRESS",
  },
  control: {
    argument: 'SOCKET',
    completes: 'file',
    summary: 'ask the daemon that serves SOCKET',
    default: '/run/eyrie/control',
  },
  owner: {
    argument: 'NAME',
    summary: 'whose account it is: processes of that owner run on it, and of nobody else',
    details:
      'Any text on one line, such as a distinguished name or an address, as clients of the daemon say it.',
    default: 'nobody: it is a guest account',
  },
  dedicated: {
    summary: 'use it as a guest account though it has processes, or a home with files',
    details: 'Whatever runs as this account is killed before each lease.',
  },
  'dry-run': {
    summary: 'print what would be done and do nothing, as eyrie plan does',
  },
  keep: {
    summary: 'leave the sandbox behind when the job has ended',
  },
  verbose: {
    letter: 'v',
    summary: 'say on standard error what was isolated, how long it took and how it ended',
    default: 'said only where standard error is a terminal',
  },
  'terminal-log': {
    letter: 't',
    summary: 'log to standard error instead of the log file',
  },
  debug: {
    letter: 'd',
    argument: 'CATEGORIES',
    summary: 'log the debug CATEGORIES too, such as D_FULLDEBUG',
    details: 'Categories are written as in the knob STARTER_DEBUG and are added to its.',
  },
  ad: {
    argument: 'FILE',
    completes: 'file',
    summary: 'evaluate inside the ClassAd in FILE (-: standard input)',
    default: 'an empty ad',
  },
} as const satisfies Record<string, OptionRow>;

/** The long name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** `--help` belongs to `eyrie` itself and to each of its commands. */
export const HELP: OptionRow = { letter: 'h', summary: 'show this help and exit' };

/** `--version` belongs to `eyrie` itself. */
export const VERSION: OptionRow = { summary: 'show the version and exit' };
