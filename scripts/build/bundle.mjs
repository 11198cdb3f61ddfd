/**
 * Bundles the programs: `node scripts/build/bundle.mjs DIRECTORY` fills DIRECTORY (dist/lib/eyrie)
 * with a bundle of each program, the loader and the code cache's maker, and the compiled parts of
 * ffi-napi and ref-napi. Names of files are explained in docs/build.md.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ADDONS, builtAddon } from './native-addons.mjs';
import { COMMON, ROOT, defines, orExplained } from './options.mjs';
import { PROGRAM_OPTIONS } from './program-options.mjs';

/** The programs: src/bin/NAME.ts becomes NAME.cjs. */
const PROGRAMS = ['eyrie', 'condor_starter', 'condor_procd'];

/** The programs' helpers at start, and their makers; they know the bundles' hashes. */
const START = ['loader', 'code-cache', 'snapshot', 'trim-snapshot'];

const directory = path.resolve(process.argv[2] ?? path.join(ROOT, 'dist/lib/eyrie'));

async function bundlePrograms() {
  await build({
    ...PROGRAM_OPTIONS,
    entryPoints: PROGRAMS.map((name) => `src/bin/${name}.ts`),
    outdir: directory,
  });
}

async function bundleStart() {
  const hashes = Object.fromEntries(PROGRAMS.map((name) => [name, hash(`${directory}/${name}.cjs`)]));
  await build({
    ...COMMON,
    entryPoints: START.map((name) => `src/start/${name}.ts`),
    outdir: directory,
    minifySyntax: true,
    define: defines({ __EYRIE_BUNDLES__: hashes }),
  });
}

function hash(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}

async function main() {
  mkdirSync(directory, { recursive: true });
  await bundlePrograms();
  await bundleStart();
  for (const [name, { installed }] of Object.entries(ADDONS)) {
    const target = path.join(directory, installed);
    // A running starter has the old file mapped: it must not change under it, only its name may go.
    rmSync(target, { force: true });
    copyFileSync(builtAddon(name), target);
  }
}

await orExplained(main);
