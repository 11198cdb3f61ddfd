/**
 * The table of `condor_starter`'s options: HTCondor's, with one dash, abbreviated as its own
 * starter accepts them (main of condor_starter.V6.1 and dc_main of condor_daemon_core.V6).
 *
 * HTCondor knows a daemon option by its first letter alone, so that `-foo` is `-f`. Here a word
 * must be the beginning of an option's name, no shorter than `shortest`.
 */

/** One option. The key in the table is its name without the dash. */
export interface StarterOptionRow {
  /** The shortest abbreviation, without the dash; absent: it is never abbreviated. */
  readonly shortest?: string;
  /** The argument's name in help; absent: the option takes none. */
  readonly argument?: string;
  /** What it does here, for help: a sentence's beginning in lower case, no period. */
  readonly summary: string;
  /** Accepted without effect; the reason goes to the log. */
  readonly ignored?: string;
  /** Refused: the reason, and what to do instead. */
  readonly refused?: string;
}

/** For the options of daemons that serve commands, which a starter by hand does not. */
const NO_COMMANDS = 'no commands are served yet';

export const STARTER_OPTIONS = {
  'job-input-ad': {
    shortest: 'job-i',
    argument: 'PATH',
    summary: 'run the job whose ClassAd is in PATH (-: standard input)',
  },
  'job-output-ad': {
    shortest: 'job-o',
    argument: 'PATH',
    summary: "write the job's final ClassAd to PATH (-: standard output)",
  },
  'job-update-ad': {
    shortest: 'job-u',
    argument: 'PATH',
    summary: "write the job's ClassAd to PATH now and then while it runs",
    refused: 'no updates are written while a job runs',
  },
  'job-keyword': {
    shortest: 'job-k',
    argument: 'KEYWORD',
    summary: 'take what the ClassAd lacks from the knobs KEYWORD_executable and so on',
    refused: 'the configuration is not searched for a job: name its ad with -job-input-ad',
  },
  'job-cluster': {
    shortest: 'job-c',
    argument: 'N',
    summary: "the job's ClusterId, over the ClassAd's",
  },
  'job-proc': { shortest: 'job-p', argument: 'N', summary: "the job's ProcId, over the ClassAd's" },
  'job-subproc': {
    shortest: 'job-s',
    argument: 'N',
    summary: 'number of a part of a job that has several',
    ignored: 'a job has one part here',
  },
  'job-stdin': {
    shortest: 'job-st',
    argument: 'PATH',
    summary: "the job's standard input, over the ClassAd's In (-: this program's own)",
  },
  'job-stdout': {
    shortest: 'job-stdo',
    argument: 'PATH',
    summary: "the job's standard output, over the ClassAd's Out (-: this program's own)",
  },
  'job-stderr': {
    shortest: 'job-stde',
    argument: 'PATH',
    summary: "the job's standard error, over the ClassAd's Err (-: this program's own)",
  },
  classad: { shortest: 'cla', summary: 'print what this starter can do, for the startd, and exit' },
  append: {
    shortest: 'a',
    argument: 'SUFFIX',
    summary: 'log to the file of the knob STARTER_LOG with .SUFFIX added',
  },
  a2: {
    argument: 'LOG',
    summary: "write a second log, which the job's JobStarterDebug asks for",
    ignored: 'no second log is written yet',
  },
  config: { shortest: 'c', argument: 'FILE', summary: 'read the configuration from FILE' },
  foreground: { shortest: 'f', summary: 'stay in the foreground, as it always does' },
  header: { shortest: 'he', argument: 'TEXT', summary: 'begin the message of each log line so' },
  'local-name': {
    argument: 'NAME',
    summary: 'let knobs NAME.KNOB win over KNOB',
  },
  log: { shortest: 'l', argument: 'DIR', summary: 'keep the log in DIR, over the knob LOG' },
  port: {
    shortest: 'p',
    argument: 'N',
    summary: 'serve commands on port N; only 0, for none, is accepted',
  },
  quiet: { shortest: 'q', summary: 'no remarks on the configuration, as always' },
  'slot-name': {
    shortest: 'slo',
    argument: 'NAME',
    summary: "the slot's name, for the job and for the log file",
  },
  termlog: { shortest: 't', summary: 'log to standard error' },
  version: { shortest: 'v', summary: 'show the version and exit' },
  help: { shortest: 'h', summary: 'show this help and exit' },
  background: {
    shortest: 'b',
    summary: 'leave the terminal',
    refused: 'the starter stays in the foreground: start it with setsid(1) or a service manager',
  },
  dynamic: {
    shortest: 'd',
    summary: 'use directories of its own for log and execution',
    refused: 'name them with the knobs LOG and EXECUTE',
  },
  gridshell: {
    shortest: 'g',
    summary: 'run in the current directory',
    refused: "give the directory as the job's Iwd",
  },
  kill: {
    shortest: 'k',
    argument: 'FILE',
    summary: 'end the process whose id is in FILE',
    refused: 'use kill(1)',
  },
  ld: { summary: 'keep no log', refused: 'log to standard error with -t' },
  pidfile: {
    shortest: 'pi',
    argument: 'FILE',
    summary: 'write the process id to FILE',
    refused: 'the process that starts the starter knows its id',
  },
  runfor: {
    shortest: 'r',
    argument: 'MINUTES',
    summary: 'end after a time',
    refused: 'use timeout(1), whose SIGTERM ends the job softly',
  },
  'schedd-addr': {
    shortest: 's',
    argument: 'ADDR',
    summary: 'run a job of the local universe for the schedd at ADDR',
    refused: 'jobs of the local universe are not run for a schedd yet',
  },
  sock: { argument: 'NAME', summary: 'serve commands on a named socket', refused: NO_COMMANDS },
} as const satisfies Record<string, StarterOptionRow>;

/** An option's name without the dash. */
export type StarterOptionName = keyof typeof STARTER_OPTIONS;

/** Why a port other than 0 is refused. */
export const PORT_REFUSED = NO_COMMANDS;

/** All names, in the order of help. */
export const STARTER_OPTION_NAMES = Object.keys(STARTER_OPTIONS) as readonly StarterOptionName[];

/**
 * The option that a word of the command line means; undefined: none. A whole name wins over an
 * abbreviation, and of several that a word abbreviates the first in the table, as HTCondor has
 * it: `-job-s` is `-job-subproc`, `-job-st` is `-job-stdin`.
 */
export function findStarterOption(word: string): StarterOptionName | undefined {
  if (word === '--help' || word === '--version') return word === '--help' ? 'help' : 'version';
  const given = word.slice(1);
  return (
    STARTER_OPTION_NAMES.find((name) => name === given) ??
    STARTER_OPTION_NAMES.find((name) => {
      const { shortest }: StarterOptionRow = STARTER_OPTIONS[name];
      return shortest !== undefined && given.length >= shortest.length && name.startsWith(given);
    })
  );
}
