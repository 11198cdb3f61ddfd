/**
 * The text of etc/starter.ini, made of the table of knobs.
 */
import { KNOBS, type KnobRow } from '../../src/condor/config';

const HEAD = `\
# The configuration of Eyrie's starter for jobs that are run by hand (eyrie run,
# condor_starter -job-input-ad). In a pool, HTCondor's own configuration is asked.
#
# Every knob is here with its default, as a comment. Weakest first, values come from
#
#   - the defaults below
#   - /etc/eyrie/starter.ini, or where there is none PREFIX/etc/eyrie/starter.ini
#   - ~/.config/eyrie/starter.ini, if the starter is not run by root
#   - the environment: _CONDOR_KNOB=value
#   - the command line: --set KNOB=value
#
# -c FILE reads that file and none of the others; -c /dev/null reads none. What root is told
# to obey must belong to root, and nobody else may be able to write to it.
#
# A line is NAME = value; letter case of names does not count. A value is everything after
# the first "=", as in HTCondor's configuration: quotation marks, ";" and "#" belong to it, and
# a backslash at the end of a line joins the next one. An empty value unsets a knob, or
# asks for its default where there must be a value.
#
# $(NAME) stands for another knob, or for a name of your own that you set in this file;
# $(NAME:otherwise) and $ENV(NAME:otherwise) say what to take where there is none; $(DOLLAR) is
# a dollar sign. FULL_HOSTNAME, HOSTNAME, USERNAME, REAL_UID, REAL_GID, PID, PPID, SUBSYSTEM,
# LOCALNAME, DETECTED_CPUS, DETECTED_MEMORY (MiB), XDG_CONFIG_HOME, XDG_DATA_HOME and
# EYRIE_RUNTIME_DIR (/run/eyrie, or a user's own) are defined.
# KNOB = $(KNOB) more adds to what a knob was.
#
# Expressions are ClassAd expressions; names in them are looked up in the job's ad, then in
# the machine's, or as MY.Name and TARGET.Name.
`;

/** The knob that begins a section, and its heading. */
const SECTIONS: Readonly<Record<string, string>> = {
  LOCAL_DIR: 'Places',
  STARTER_LOG: 'The log',
  USE_PID_NAMESPACES: 'Isolation',
  UID_DOMAIN: 'Identity',
  STARTER_RLIMIT_AS: 'Limits',
  BASE_CGROUP: 'Control groups',
  STARTER_SCRATCH_DISK: 'The size of sandboxes',
  STARTER_JOB_POLICIES: 'Policies',
  GLEXEC_JOB: 'gLExec',
  JOB_EXECDIR_PERMISSIONS: 'The sandbox and the environment',
  MachineMaxVacateTime: 'Times',
  USER_JOB_WRAPPER: 'Programs around jobs',
  USE_PROCD: 'Families of processes',
  STARTER_UPDATE_INTERVAL: 'Read in a pool only',
};

const WIDTH = 92;

/** Renders the whole file. */
export function renderStarterIni(): string {
  const knobs = Object.entries<KnobRow>(KNOBS).map(([name, row]) => {
    const heading = SECTIONS[name];
    return (heading === undefined ? '' : `\n\n## ${heading}\n`) + renderKnob(name, row);
  });
  return HEAD + knobs.join('');
}

function renderKnob(name: string, row: KnobRow): string {
  const comments = [...wrap(row.description), ...wrap(facts(row))];
  const setting = `#${name} = ${byHand(row)}`.trimEnd();
  return `\n${comments.map((line) => `# ${line}\n`).join('')}${setting}\n`;
}

/** What kind of value it is, and where other defaults hold. */
function facts(row: KnobRow): string {
  const parts = [kindInWords(row)];
  if (row.unit !== undefined) parts.push(`in ${row.unit}`);
  if (row.source === 'Eyrie') parts.push("Eyrie's own");
  if (typeof row.hand === 'object' && row.hand.user !== row.hand.root) {
    parts.push(`an ordinary user's default: ${row.hand.user}`);
  }
  if (row.hand !== undefined && row.pool !== byHand(row)) parts.push(`in a pool: ${row.pool}`);
  return `(${parts.join('; ')})`;
}

function byHand({ hand, pool }: KnobRow): string {
  return typeof hand === 'object' ? hand.root : (hand ?? pool);
}

function kindInWords(row: KnobRow): string {
  const words = {
    string: 'text',
    path: 'absolute path',
    list: 'list',
    'list-expression': 'list or expression',
    boolean: 'true, false or an expression',
    integer: 'integer or expression',
    expression: 'expression',
    choice: (row.choices ?? []).filter((choice) => choice !== '').join(', '),
  } as const;
  return words[row.kind];
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length + 1 <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
