/**
 * The names and numbers of Linux's signals, as a table: pure code has no signal.h.
 *
 * Source: signal(7), the column "x86/ARM most others"; the kernels that Node runs on agree on it.
 */

/** Names in the order of their numbers, from 1. */
const NAMES = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const;

/** Second names of the same signals. */
const SYNONYMS: ReadonlyMap<string, (typeof NAMES)[number]> = new Map([
  ['SIGIOT', 'SIGABRT'],
  ['SIGCLD', 'SIGCHLD'],
  ['SIGPOLL', 'SIGIO'],
]);

/** The largest signal number, SIGRTMAX: real-time signals have numbers only. */
export const LAST_SIGNAL = 64;

/** The signal of a soft kill where the job asks for none. */
export const SIGTERM = 15;

/** The number of a signal's name in any case (`SIGTERM`, `sigterm`), as HTCondor reads it. */
export function signalNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const index = NAMES.findIndex((known) => known === (SYNONYMS.get(upper) ?? upper));
  return index < 0 ? undefined : index + 1;
}

/** The name of a signal's number, for messages: `SIGKILL`; a real-time one is `signal 40`. */
export function signalName(number: number): string {
  return NAMES[number - 1] ?? `signal ${number}`;
}
