/**
 * Compiles a program's bundle with its code cache: what the loader does at each start, and the
 * makers of the cache and of the start-up snapshot do once.
 *
 * The bundle is a CommonJS module; its code cache is V8's bytecode of the functions that a run
 * needed, kept beside it. V8 itself refuses a cache that was made with other flags, but of its own
 * version it compares four numbers that all releases of one line of Node share, and of the source the
 * length alone. Bytecode of node 20.20 crashes in node 20.12, and an edit that keeps the length would
 * run yesterday's. So the cache's file name carries node's release and a hash of the bundle.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { Script } from 'node:vm';

/** Hash of each bundle by program name; the build writes it (scripts/build/bundle.mjs). */
declare const __EYRIE_BUNDLES__: Readonly<Record<string, string>>;

/** What a bundle exports: src/bin/NAME.ts. */
export interface Program {
  /** Runs it as the main program: argv[1] is the bundle, and the program's own arguments follow. */
  main(): void;
  /** Loads what its usual work needs. */
  preload(): Promise<void>;
}

/** Gives one of node's own modules. */
export type RequireBuiltin = (name: string) => unknown;

/** A CommonJS module's function, as node's own loader calls it. */
export type ModuleFunction = (
  exports: object,
  require: RequireBuiltin,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/** A bundle and its code cache, by path. */
export interface Bundle {
  readonly program: string;
  readonly file: string;
  readonly cacheFile: string;
}

const HEAD = '(function (exports, require, module, __filename, __dirname) { ';
const TAIL = '\n})';

/** The names of the programs that were built. */
export function programs(): readonly string[] {
  return Object.keys(__EYRIE_BUNDLES__);
}

/** Where the bundle of a program lies in a directory; undefined: there is no such program. */
export function findBundle(directory: string, program: string): Bundle | undefined {
  const hash = Object.hasOwn(__EYRIE_BUNDLES__, program) && __EYRIE_BUNDLES__[program];
  if (!hash) return undefined;
  return {
    program,
    file: `${directory}/${program}.cjs`,
    cacheFile: `${directory}/${program}.${hash}.${nodeBuild()}.cache`,
  };
}

/**
 * Tells builds of node apart, `20.20.2-98716104`: the release, and the size of the executable, since
 * a distribution compiles the same release with other parts than node's own makers.
 */
function nodeBuild(): string {
  return `${process.versions.node}-${statSync(process.execPath).size}`;
}

/**
 * Compiles a bundle. Without a cache, or with one that V8 refuses (see `cachedDataRejected` of the
 * script), functions are compiled when first called: slower, nothing else.
 */
export function compileBundle(bundle: Bundle, cache: Buffer | undefined): Script {
  return new Script(readWrapped(bundle.file), {
    filename: bundle.file,
    columnOffset: -HEAD.length,
    ...(cache && { cachedData: cache }),
  });
}

/** The code cache of a bundle; undefined where it cannot be read. */
export function readCache(bundle: Bundle): Buffer | undefined {
  try {
    return readFileSync(bundle.cacheFile);
  } catch {
    return undefined;
  }
}

/** Runs a compiled bundle as the main program with these arguments. */
export function runBundle(bundle: Bundle, script: Script, args: readonly string[]): void {
  process.argv.splice(1, process.argv.length, bundle.file, ...args);
  evaluateBundle(bundle, moduleFunction(script), require).main();
}

/** The module function of a compiled bundle. */
export function moduleFunction(script: Script): ModuleFunction {
  return script.runInThisContext() as ModuleFunction;
}

/** What a bundle exports. */
export function evaluateBundle(
  bundle: Bundle,
  load: ModuleFunction,
  requireBuiltin: RequireBuiltin,
): Program {
  const module = { exports: {} };
  const directory = bundle.file.slice(0, bundle.file.lastIndexOf('/'));
  load.call(module.exports, module.exports, requireBuiltin, module, bundle.file, directory);
  return module.exports as Program;
}

/**
 * The source between the head and the tail of a module function, in one string: joining strings
 * would leave a second copy of the whole source on the heap for as long as the job runs. Bundles
 * are ASCII, which latin1 reads without a check of each character.
 */
function readWrapped(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length);
    buffer.write(HEAD, 'latin1');
    for (let done = 0; done < size;) {
      const got = readSync(fd, buffer, HEAD.length + done, size - done, done);
      if (got === 0) throw new Error(`${file} became shorter while it was read`);
      done += got;
    }
    buffer.write(TAIL, HEAD.length + size, 'latin1');
    return buffer.toString('latin1');
  } finally {
    closeSync(fd);
  }
}
