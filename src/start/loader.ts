/**
 * The first JavaScript of every program: `node loader.cjs PROGRAM ARGS...`, called by
 * native/start/start.c. Compiles the program's bundle with its code cache and runs it.
 */
import { writeFileSync } from 'node:fs';
import { compileBundle, findBundle, programs, readCache, runBundle } from './bundle';

/** Node's release that has every interface the programs use. */
const OLDEST_NODE = [20, 12] as const;

function nodeIsTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/**
 * Node takes SIGUSR1 for a wish to be debugged, and would let anybody on this host in by a port. A
 * listener that comes and goes leaves the signal's default action; programs that want it take it.
 */
function refuseDebugger(): void {
  const listener = (): void => undefined;
  process.on('SIGUSR1', listener).off('SIGUSR1', listener);
}

function main(program: string | undefined, args: readonly string[]): void {
  const bundle = findBundle(__dirname, program ?? '');
  if (!bundle) {
    const known = programs().join(', ');
    process.stderr.write(`loader: cannot find program "${program}": expected one of ${known}\n`);
    process.exitCode = 1;
  } else if (nodeIsTooOld(process.versions.node)) {
    process.stderr.write(
      `${bundle.program}: cannot run on Node.js ${process.versions.node} (${process.execPath}): ` +
        `needs ${OLDEST_NODE.join('.')} or newer\n`,
    );
    process.exitCode = bundle.program === 'condor_starter' ? 1 : 125;
  } else {
    refuseDebugger();
    showName(bundle.program, args);
    runBundle(bundle, compileBundle(bundle, readCache(bundle)), args);
  }
}

/**
 * What ps and pgrep show is the program and its arguments, not node and the loader. Setting the
 * title puts all of it into the thread's name as well, where only the program belongs.
 */
function showName(program: string, args: readonly string[]): void {
  process.title = [program, ...args].join(' ');
  writeFileSync('/proc/self/comm', program);
}

main(process.argv[2], process.argv.slice(3));
