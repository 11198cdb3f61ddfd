/**
 * The recorded expressions: files of JSON, one for each feature of the language, with the value
 * that HTCondor's `classad_eval` gave. `scripts/record-classads.mjs` records them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Context } from './judge';

/** Where the evaluation is known to differ, and why. A divergence that vanishes fails the test. */
export interface Divergence {
  readonly ours: string;
  readonly reason: string;
}

export interface CorpusFile extends Context {
  readonly feature: string;
  /** Expressions, and their values as HTCondor prints them. */
  readonly values: Readonly<Record<string, string>>;
  /** Those of the expressions where ours is another one. */
  readonly divergences?: Readonly<Record<string, Divergence>>;
}

/** The corpus files, by their paths. */
export function readCorpus(directory: string): Map<string, CorpusFile> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const file = path.join(directory, name);
      return [file, JSON.parse(readFileSync(file, 'utf8')) as CorpusFile];
    }),
  );
}
