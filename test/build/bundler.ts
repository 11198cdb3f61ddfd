/**
 * Bundling a few lines of source the way the programs are bundled, into a directory without
 * node_modules.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { BuildOptions, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';

/** What scripts/build/ exports; not imported by name, so that it is used and not bundled. */
interface ProgramOptionsModule {
  readonly PROGRAM_OPTIONS: BuildOptions & { readonly plugins: Plugin[] };
}
interface NativeAddonsModule {
  readonly ADDONS: Readonly<Record<string, { readonly installed: string }>>;
  readonly builtAddon: (packageName: string) => string;
}

function script<T>(name: string): Promise<T> {
  return import(path.join(TREE, 'scripts/build', name)) as Promise<T>;
}

/** A bundle and the list of what went into it. */
export interface Bundled {
  readonly file: string;
  /** Paths of the inputs, relative to the source tree. */
  readonly inputs: readonly string[];
}

/** Bundles a source text with the programs' own options and plugins. */
export async function bundleText(t: TestContext, text: string): Promise<Bundled> {
  const { PROGRAM_OPTIONS } = await script<ProgramOptionsModule>('program-options.mjs');
  const { ADDONS, builtAddon } = await script<NativeAddonsModule>('native-addons.mjs');
  const directory = temporaryDirectory(t);
  for (const [name, { installed }] of Object.entries(ADDONS)) {
    copyFileSync(builtAddon(name), path.join(directory, installed));
  }
  const file = path.join(directory, 'program.cjs');
  const { outputFiles, metafile } = await build({
    ...PROGRAM_OPTIONS,
    stdin: { contents: text, resolveDir: TREE, loader: 'ts' },
    logLevel: 'silent',
    metafile: true,
    write: false,
  });
  writeFileSync(file, outputFiles[0]!.contents);
  return { file, inputs: Object.keys(metafile.inputs) };
}
