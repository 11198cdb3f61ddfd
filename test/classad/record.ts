/**
 * Records the corpus anew: asks `classad_eval` for every expression of every file. Called by
 * `scripts/record-classads.mjs`.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CorpusFile, readCorpus } from './corpus';
import { randomExpressions } from './grammar';
import { judge } from './judge';
import { ourValue, sameValue } from './ours';

/** The random part of the corpus is always the same. */
const SEED = 20_260_101;
const RANDOM_FILE = 'random.json';
const RANDOM_COUNT = 700;

/** Records all files of a directory; says what changed and what differs from ours. */
export function record(directory: string, root: string, report: (line: string) => void): void {
  const corpus = readCorpus(directory);
  corpus.set(path.join(directory, RANDOM_FILE), randomFile());
  for (const [file, content] of corpus) {
    const expressions = Object.keys(content.values);
    const values = judge(root, expressions, content);
    const recorded = Object.fromEntries(expressions.map((text, at) => [text, values[at] ?? '']));
    writeFileSync(file, `${JSON.stringify({ ...content, values: recorded }, undefined, 2)}\n`);
    reportFile(path.basename(file), content, recorded, report);
  }
}

function randomFile(): CorpusFile {
  const { context, expressions } = randomExpressions(SEED, RANDOM_COUNT);
  return {
    feature: `random expressions of seed ${SEED}`,
    ...context,
    values: Object.fromEntries(expressions.map((text) => [text, ''])),
  };
}

function reportFile(
  name: string,
  before: CorpusFile,
  recorded: Readonly<Record<string, string>>,
  report: (line: string) => void,
): void {
  report(`${name}: ${Object.keys(recorded).length} expressions`);
  for (const [text, value] of Object.entries(recorded)) {
    const old = before.values[text];
    if (old !== value && old !== '' && old !== undefined) {
      report(`  changed: ${text}\n    from ${old}\n    to   ${value}`);
    }
    const ours = ourValue(text, before);
    if (before.divergences?.[text] === undefined && !sameValue(ours, value)) {
      report(`  differs: ${text}\n    theirs ${value}\n    ours   ${ours}`);
    }
  }
}
