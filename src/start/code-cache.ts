/**
 * Makes and checks the code cache of a program. Used by the build and by `make install`, which
 * makes it anew for the node of the machine.
 *
 * ```
 * node --v8-pool-size=1 code-cache.cjs make PROGRAM ARGS...   runs PROGRAM, then writes its cache
 * node --v8-pool-size=1 code-cache.cjs check PROGRAM          exit status 0 if V8 accepts it
 * ```
 *
 * The cache is taken *after* a normal run: V8 compiles functions when they are first called, and
 * only what is compiled gets into the cache.
 */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Script } from 'node:vm';
import { type Bundle, compileBundle, findBundle, programs, readCache, runBundle } from './bundle';

/** Writes the cache whole or not at all: a starter may be starting right now. */
function writeCache(bundle: Bundle, script: Script): void {
  const temporary = `${bundle.cacheFile}.${process.pid}`;
  writeFileSync(temporary, script.createCachedData(), { mode: 0o644 });
  renameSync(temporary, bundle.cacheFile);
}

/** Removes the caches of the program's earlier bundles, and of other builds of node. */
function removeStale(bundle: Bundle): void {
  const directory = bundle.file.slice(0, bundle.file.lastIndexOf('/'));
  for (const name of readdirSync(directory)) {
    const file = `${directory}/${name}`;
    if (name.startsWith(`${bundle.program}.`) && /\.cache(\.\d+)?$/.test(name)) {
      if (file !== bundle.cacheFile) rmSync(file, { force: true });
    }
  }
}

function make(bundle: Bundle, args: readonly string[]): void {
  const script = compileBundle(bundle, undefined);
  process.on('exit', () => {
    writeCache(bundle, script);
    removeStale(bundle);
  });
  runBundle(bundle, script, args);
}

function check(bundle: Bundle): void {
  const cache = readCache(bundle);
  const script = cache && compileBundle(bundle, cache);
  const accepted = script !== undefined && script.cachedDataRejected === false;
  process.stdout.write(`${bundle.cacheFile}: ${accepted ? 'accepted' : 'rejected or missing'}\n`);
  process.exitCode = accepted ? 0 : 1;
}

function main(verb: string | undefined, program: string | undefined, args: string[]): void {
  const bundle = findBundle(__dirname, program ?? '');
  if (bundle && verb === 'make') make(bundle, args);
  else if (bundle && verb === 'check') check(bundle);
  else {
    process.stderr.write(`usage: code-cache.cjs make|check ${programs().join('|')} [ARGS...]\n`);
    process.exitCode = 2;
  }
}

main(process.argv[2], process.argv[3], process.argv.slice(4));
