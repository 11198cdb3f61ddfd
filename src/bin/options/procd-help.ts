/** What `condor_procd` says of its options. */
import { PROCD_OPTION_NAMES, PROCD_OPTIONS, type ProcdOptionRow } from './procd-options';

/** How it is called. */
export const PROCD_USAGE: readonly string[] = [
  'condor_procd -A PATH [OPTION]...',
  'condor_procd --inetd --control SOCKET [--proof-directory DIRECTORY]',
];

const INDENT = 30;

/** An option with its arguments. */
export function procdOptionForm(name: (typeof PROCD_OPTION_NAMES)[number]): string {
  const row: ProcdOptionRow = PROCD_OPTIONS[name];
  return [name, ...row.words].join(' ');
}

/** The usage, and where there is more. */
export function procdUsage(): string {
  return `Usage: ${PROCD_USAGE.join('\n       ')}\nTry 'condor_procd --help'.\n`;
}

/** The whole help. */
export function procdHelp(): string {
  const lines = PROCD_OPTION_NAMES.map((name) => {
    const row: ProcdOptionRow = PROCD_OPTIONS[name];
    const form = `  ${procdOptionForm(name)}`;
    const without = row.default === undefined ? '' : ` (else: ${row.default})`;
    const head = form.length < INDENT - 1 ? form.padEnd(INDENT) : `${form}\n${' '.repeat(INDENT)}`;
    return `${head}${row.summary}${without}\n`;
  });
  return (
    `Usage: ${PROCD_USAGE.join('\n       ')}\n\n` +
    `Keeps, measures, signals and kills families of processes.\n\n${lines.join('')}\n` +
    'The manual page condor_procd(8) says more.\n'
  );
}
