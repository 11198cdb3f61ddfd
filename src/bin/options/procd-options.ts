/**
 * The options of `condor_procd`, the source of its parser, its help and its manual page. Those of one
 * letter are HTCondor's, as condor_procd 23.9.6 has them, and `-I` of 7.1.3 to 9.10.
 */

/** An option. */
export interface ProcdOptionRow {
  /** Names of its arguments, for help. */
  readonly words: readonly string[];
  readonly summary: string;
  /** What happens without it; undefined: nothing. */
  readonly default?: string;
  /** More, for the manual page. */
  readonly details?: string;
}

/** All options, in the order of help. */
export const PROCD_OPTIONS = {
  '-A': {
    words: ['PATH'],
    summary: 'the address: the path of the pipe that requests come through',
    details:
      'Beside it lie _PATH_.watchdog, which clients are told of the end by, _PATH_.lock, which one ' +
      'procd holds, and _PATH_.state. A pipe that a procd has left behind is replaced.',
  },
  '-C': {
    words: ['UID'],
    summary: 'who owns the pipes, and may speak beside root',
    default: 'the real user',
    details: 'What is not a number counts as 0. Only root may serve another user.',
  },
  '-L': {
    words: ['FILE'],
    summary: "append the log to FILE; SYSLOG means the system's log",
    default: 'no log',
  },
  '-R': {
    words: ['BYTES'],
    summary: 'move a log of that size to FILE.old',
    default: 'never',
    details: 'Fewer than 65536 count as 65536; 0 and less mean never.',
  },
  '-S': {
    words: ['SECONDS'],
    summary: 'take a snapshot of the processes that often at least',
    default: '60',
    details:
      '-1 means no wish. The shortest interval that any family wants is in force, and never less than ' +
      'a second.',
  },
  '-P': {
    words: ['PID'],
    summary: 'families are below process PID, whose end changes nothing',
    default: 'the process that starts it, with which it ends',
  },
  '-G': {
    words: ['MIN', 'MAX'],
    summary: 'track families by supplementary groups of this range, both ends included',
    details: 'A MIN of 0 means that there are none.',
  },
  '-E': { words: [], summary: 'groups of -G are chosen outside, not by procd' },
  '-D': { words: [], summary: 'wait 30 seconds at once, for a debugger' },
  '-I': {
    words: ['KILL_HELPER', 'GLEXEC', '[RETRIES DELAY]'],
    summary: 'signal families of glexec by running KILL_HELPER; only in dialects before 9.11',
  },
  '--dialect': {
    words: ['VERSION'],
    summary: 'speak as condor_procd of that release of HTCondor does',
    default: 'as those since 9.11.0',
    details: 'Commands have other numbers in other releases, and nothing on the wire tells.',
  },
  '--on-demand': {
    words: [],
    summary: 'keep any process that is registered, and end when nobody needs it',
    details:
      "Families are below nothing. Root's procd takes everybody's processes, another its user's. A " +
      'second one for the same address ends at once, with status 0. This is how Eyrie starts it.',
  },
  '--idle': {
    words: ['SECONDS'],
    summary: 'with --on-demand: end after so long without families and requests',
    default: '60',
  },
  '--kill-orphaned-families': {
    words: [],
    summary: 'kill a family whose watcher has ended; so does --on-demand',
    default: 'its members fall to the family above',
    details: 'The environment variable _condor_KILL_ORPHANED_FAMILIES says the same.',
  },
  '--cgroups': {
    words: ['auto|always|never'],
    summary: 'when a family gets a control group of its own',
    default:
      "auto: as root, with --on-demand or where the kernel's process events connector is missing",
  },
  '--state': {
    words: ['FILE'],
    summary: 'keep there what a later procd must know to find the families again',
    default: 'the address, and .state',
  },
  '--control': {
    words: ['SOCKET'],
    summary:
      'also do privileged steps for clients that connect to SOCKET; see THE CONTROL ENDPOINT',
    default: 'none',
    details:
      'Root only, and with --users, --clients, --accounts and --execute. With --on-demand procd does ' +
      'not end by itself then. Where systemd hands down sockets, those are served in place of SOCKET.',
  },
  '--users': {
    words: ['FILE'],
    summary: 'with --control: accounts that it may act as, a name or a uid a line',
    details:
      "It must be root's, a regular file with one name, of mode 0600; so must --clients FILE.",
  },
  '--clients': {
    words: ['FILE'],
    summary: 'with --control: accounts that may speak to it, a name or a uid a line',
  },
  '--accounts': {
    words: ['FILE'],
    summary: 'with --control: keep there which accounts were added, and who has leased them',
  },
  '--execute': {
    words: ['DIRECTORY'],
    summary: "with --control: make leases' sandboxes below DIRECTORY",
  },
  '--config': {
    words: ['FILE'],
    summary: 'with --control: the configuration of the jobs that are started, a starter.ini',
    default: 'the usual search, see condor_starter(8)',
  },
  '--audit': {
    words: ['FILE'],
    summary: 'with --control: append a line to FILE for each operation',
    default: 'the accounts file, and .audit',
  },
  '--minimum-uid': {
    words: ['UID'],
    summary: 'with --control: a smaller uid in the users file refuses it',
    default: '1000',
  },
  '--minimum-client': {
    words: ['UID'],
    summary: 'with --control: a smaller uid in the clients file refuses it',
    default: '1000',
    details: "HTCondor's own user is a system account on most machines: give its uid here.",
  },
  '--guest-lease': {
    words: ['SECONDS'],
    summary: 'with --control: a guest account is leased, or renewed, for so long at most',
    default: '86400, a day',
  },
  '--local-lease': {
    words: ['SECONDS'],
    summary: 'with --control: the same, for an account that has an owner',
    default: '604800, a week',
  },
  '--tcp': {
    words: [],
    summary: 'with --control: also serve connections that condor_procd --inetd hands over',
    details: 'They come through _SOCKET_.inetd, which only root can connect to.',
  },
  '--inetd': {
    words: [],
    summary:
      'let the client on standard input prove who he is, and hand him to the daemon of --control',
    details:
      'For inetd, on a port that only this machine can reach; it takes --control SOCKET and ' +
      '--proof-directory, and nothing else.',
  },
  '--proof-directory': {
    words: ['DIRECTORY'],
    summary: 'with --inetd: where clients make the directory that proves who they are',
    default: '/tmp',
    details: "It must be root's, with mode 1777.",
  },
  '--help': { words: [], summary: 'show this help and exit' },
  '--version': { words: [], summary: 'show the version and exit' },
} as const satisfies Readonly<Record<string, ProcdOptionRow>>;

/** An option as it is typed. */
export type ProcdOption = keyof typeof PROCD_OPTIONS;

/** All of them, in the order of help. */
export const PROCD_OPTION_NAMES = Object.keys(PROCD_OPTIONS) as readonly ProcdOption[];
