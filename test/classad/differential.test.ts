/**
 * Our values against those of HTCondor's own `classad_eval`: recorded ones always; fresh random
 * ones where EYRIE_CONDOR_ROOT names a folder that has Debian's `condor` package (see `judge.ts`).
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { type CorpusFile, readCorpus } from './corpus';
import { randomExpressions } from './grammar';
import { judge } from './judge';
import { ourValue, sameValue } from './ours';

declare const __EYRIE_ROOT__: string;

const corpus = readCorpus(path.join(__EYRIE_ROOT__, 'test/classad'));

/** Expressions whose value is not HTCondor's, with both values. */
function differences(
  values: Readonly<Record<string, string>>,
  context: Partial<CorpusFile>,
): { expression: string; theirs: string; ours: string }[] {
  return Object.entries(values)
    .filter(([expression]) => context.divergences?.[expression] === undefined)
    .map(([expression, theirs]) => ({ expression, theirs, ours: ourValue(expression, context) }))
    .filter(({ theirs, ours }) => !sameValue(ours, theirs));
}

describe('the recorded values of HTCondor', () => {
  test('are several thousand', () => {
    const counts = [...corpus.values()].map(({ values }) => Object.keys(values).length);
    assert.ok(counts.reduce((total, count) => total + count, 0) > 4000);
  });

  for (const [file, content] of corpus) {
    test(`are ours for ${content.feature} (${path.basename(file)})`, () => {
      assert.deepEqual(differences(content.values, content), []);
    });
  }
});

describe('the ledger of divergences', () => {
  for (const content of corpus.values()) {
    for (const [expression, { ours, reason }] of Object.entries(content.divergences ?? {})) {
      test(`${expression} gives ${ours}: ${reason}`, () => {
        const theirs = content.values[expression];
        assert.ok(theirs !== undefined, 'the expression is not recorded');
        assert.equal(ourValue(expression, content), ours);
        assert.ok(!sameValue(ours, theirs), 'it agrees with HTCondor now: strike it off');
      });
    }
  }
});

const root = process.env.EYRIE_CONDOR_ROOT;
if (root !== undefined) {
  describe(`classad_eval in ${root}`, () => {
    const seed = Number(process.env.EYRIE_SEED ?? Date.now() % 2 ** 31);

    test(`gives our values for random expressions (EYRIE_SEED=${seed} repeats them)`, () => {
      const { context, expressions } = randomExpressions(seed, 1000);
      const theirs = judge(root, expressions, context);
      const values = Object.fromEntries(expressions.map((text, at) => [text, theirs[at] ?? '']));
      assert.deepEqual(differences(values, context), []);
    });
  });
}
