/**
 * The first JavaScript of a program that has no start-up snapshot: `node loader.cjs PROGRAM ARGS...`,
 * called by native/start/start.c. Compiles the program's bundle with its code cache and runs it.
 */
import { compileBundle, findBundle, programs, readCache, runBundle } from './bundle';
import { enter } from './enter';

/** Node's release that has every interface the programs use. */
const OLDEST_NODE = [20, 12] as const;

function nodeIsTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

function main(name: string | undefined, args: string[]): void {
  const bundle = findBundle(__dirname, name ?? '');
  if (!bundle) {
    const known = programs().join(', ');
    process.stderr.write(`loader: cannot find program "${name}": expected one of ${known}\n`);
    process.exitCode = 1;
  } else if (nodeIsTooOld(process.versions.node)) {
    process.stderr.write(
      `${bundle.program}: cannot run on Node.js ${process.versions.node} (${process.execPath}): ` +
        `needs ${OLDEST_NODE.join('.')} or newer\n`,
    );
    process.exitCode = bundle.program === 'eyrie' ? 125 : 1;
  } else {
    enter(bundle.program, args, () =>
      runBundle(bundle, compileBundle(bundle, readCache(bundle)), args),
    );
  }
}

main(process.argv[2], process.argv.slice(3));
