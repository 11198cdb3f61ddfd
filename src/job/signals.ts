/**
 * The names and numbers of Linux's signals, as a table: pure code has no signal.h.
 *
 * Source: signal(7), the column "x86/ARM most others"; the kernels that Node runs on agree on it.
 */

/** Names, and strsignal(3)'s words, in the order of their numbers, from 1. */
const SIGNALS: readonly (readonly [name: string, words: string])[] = [
  ['SIGHUP', 'Hangup'],
  ['SIGINT', 'Interrupt'],
  ['SIGQUIT', 'Quit'],
  ['SIGILL', 'Illegal instruction'],
  ['SIGTRAP', 'Trace/breakpoint trap'],
  ['SIGABRT', 'Aborted'],
  ['SIGBUS', 'Bus error'],
  ['SIGFPE', 'Floating point exception'],
  ['SIGKILL', 'Killed'],
  ['SIGUSR1', 'User defined signal 1'],
  ['SIGSEGV', 'Segmentation fault'],
  ['SIGUSR2', 'User defined signal 2'],
  ['SIGPIPE', 'Broken pipe'],
  ['SIGALRM', 'Alarm clock'],
  ['SIGTERM', 'Terminated'],
  ['SIGSTKFLT', 'Stack fault'],
  ['SIGCHLD', 'Child exited'],
  ['SIGCONT', 'Continued'],
  ['SIGSTOP', 'Stopped (signal)'],
  ['SIGTSTP', 'Stopped'],
  ['SIGTTIN', 'Stopped (tty input)'],
  ['SIGTTOU', 'Stopped (tty output)'],
  ['SIGURG', 'Urgent I/O condition'],
  ['SIGXCPU', 'CPU time limit exceeded'],
  ['SIGXFSZ', 'File size limit exceeded'],
  ['SIGVTALRM', 'Virtual timer expired'],
  ['SIGPROF', 'Profiling timer expired'],
  ['SIGWINCH', 'Window changed'],
  ['SIGIO', 'I/O possible'],
  ['SIGPWR', 'Power failure'],
  ['SIGSYS', 'Bad system call'],
];

/** Second names of the same signals. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
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
  const index = SIGNALS.findIndex(([known]) => known === (SYNONYMS.get(upper) ?? upper));
  return index < 0 ? undefined : index + 1;
}

/** The name of a signal's number, for messages: `SIGKILL`; a real-time one is `signal 40`. */
export function signalName(number: number): string {
  return SIGNALS[number - 1]?.[0] ?? `signal ${number}`;
}

/** What a signal says to a person, as strsignal(3) has it: `Killed`. */
export function signalWords(number: number): string {
  return SIGNALS[number - 1]?.[1] ?? 'Real-time signal';
}
