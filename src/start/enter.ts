/** What comes before every program's own first line, with the loader as with a start-up snapshot. */
import { writeFileSync } from 'node:fs';

/** Enters a program that was called with these arguments. */
export function enter(program: string, args: readonly string[], main: () => void): void {
  refuseDebugger();
  showName(program, args);
  main();
}

/**
 * Node takes SIGUSR1 for a wish to be debugged, and would let anybody on this host in by a port. A
 * listener that comes and goes leaves the signal's default action; programs that want it take it.
 */
function refuseDebugger(): void {
  const listener = (): void => undefined;
  process.on('SIGUSR1', listener).off('SIGUSR1', listener);
}

/**
 * What ps and pgrep show is the program and its arguments, not node and the loader. Setting the
 * title puts all of it into the thread's name as well, where only the program belongs.
 */
function showName(program: string, args: readonly string[]): void {
  process.title = [program, ...args].join(' ');
  writeFileSync('/proc/self/comm', program);
}
