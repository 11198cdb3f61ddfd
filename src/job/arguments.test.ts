import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import quoting from '../../test/job/quoting.json';
import {
  isQuotedV2,
  parseArgumentsV1,
  parseArgumentsV2,
  printArgumentsV1,
  printArgumentsV2,
  quoteV2,
  unquoteV2,
} from './arguments';

/** What HTCondor 23.9.6 made of a string or a list; null where it said error. */
const judged = quoting as [string, never, never][];

function judgements<Argument, Value>(name: string): [Argument, Value | null][] {
  const rows = judged.filter((row) => row[0] === name);
  assert.ok(rows.length > 50, `${name} was recorded`);
  return rows.map(([, argument, value]) => [argument, value]);
}

/** An unusual word now and then. */
const word = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '\t', '\n', '\\', 'é') });

describe('arguments, beside what HTCondor says', () => {
  test('V1 strings are read as argsToList(…, 1) reads them', () => {
    for (const [text, words] of judgements<string, string[]>('argsToListV1')) {
      assert.deepEqual(parseArgumentsV1(text), words, JSON.stringify(text));
    }
  });

  test('V2 strings are read as argsToList(…, 2) reads them, and refused where it refuses', () => {
    for (const [text, words] of judgements<string, string[]>('argsToList')) {
      const read = parseArgumentsV2(text);
      assert.deepEqual(read.ok ? read.value : null, words, JSON.stringify(text));
    }
  });

  test('words are printed as V2 letter by letter as listToArgs(…, 2) does', () => {
    for (const [words, text] of judgements<string[], string>('listToArgs')) {
      assert.equal(printArgumentsV2(words), text);
    }
  });

  test('words are printed as V1 as listToArgs(…, 1) does, but for empty words', () => {
    for (const [words, text] of judgements<string[], string>('listToArgsV1')) {
      const printed = printArgumentsV1(words);
      // HTCondor writes nothing for an empty word: what is read back has a word less.
      const expected = words.includes('') ? null : text;
      assert.equal(printed.ok ? printed.value : null, expected, JSON.stringify(words));
    }
  });
});

describe('arguments', () => {
  test('any words survive V2', () => {
    fc.assert(
      fc.property(fc.array(word), (words) => {
        assert.deepEqual(parseArgumentsV2(printArgumentsV2(words)), { ok: true, value: words });
      }),
    );
  });

  test('any words survive V1, or V1 says that it cannot hold them', () => {
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const printed = printArgumentsV1(words);
        if (printed.ok) assert.deepEqual(parseArgumentsV1(printed.value), words);
        else assert.match(printed.error, /use V2$/);
      }),
    );
  });

  test('a quote left open is shown from where it opens', () => {
    assert.deepEqual(parseArgumentsV2("a 'b''c d"), {
      ok: false,
      error: "the single quote that opens here is never closed: 'b''c d",
    });
  });

  test('a word of a million characters is read in one piece', () => {
    const long = "it''s ".repeat(200_000);
    const read = parseArgumentsV2(`'${long}'`);
    assert.ok(read.ok);
    assert.equal(read.value[0], "it's ".repeat(200_000));
  });
});

describe('quoted V2', () => {
  const quoted: [string, string | undefined][] = [
    ['"a b"', 'a b'],
    ['  "a b" \t', 'a b'],
    ['"say ""hello"""', 'say "hello"'],
    ['""', ''],
    ['"a', undefined],
    ['"a" b', undefined],
    ['"a""', undefined],
  ];
  for (const [text, raw] of quoted) {
    test(`${text} is ${raw === undefined ? 'refused' : `the raw string ${raw}`}`, () => {
      const read = unquoteV2(text);
      assert.equal(read.ok ? read.value : undefined, raw);
    });
  }

  test('any raw string survives its quotes', () => {
    fc.assert(
      fc.property(word, (raw) => {
        assert.ok(isQuotedV2(quoteV2(raw)));
        assert.deepEqual(unquoteV2(quoteV2(raw)), { ok: true, value: raw });
      }),
    );
  });

  test('what does not begin with a double quote is not quoted V2', () => {
    assert.equal(isQuotedV2('a "b"'), false);
    assert.equal(isQuotedV2(''), false);
  });
});
