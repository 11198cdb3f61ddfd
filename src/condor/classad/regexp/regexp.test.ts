/** What PCRE2 does is in test/classad/regexps.json; here is what that cannot show. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, Regexp, type RegexpOptions, textOfBytes } from '.';

const STEPS = 1_000_000;

function search(pattern: string, text: string, options?: RegexpOptions) {
  const regexp = Regexp.compile(pattern, options);
  assert.ok(regexp, `${pattern} is no pattern`);
  const budget = { steps: STEPS };
  return { outcome: regexp.search(bytesOf(text), 0, budget), steps: STEPS - budget.steps };
}

describe('regular expressions', () => {
  /** What JavaScript and Perl agree on: in loops, only what cannot match nothing. */
  const solid = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', 'b+', '[bc]{2}', 'ab');
  const atoms = fc.oneof(
    solid,
    fc.constantFrom('\\s', '\\b', '^', '$', '\\.', 'a*', 'c?', 'a*?', '[ab]+?', 'a{1,2}', '.*'),
    fc.constantFrom('(?=a)', '(?!b)', '(?<=a)', '(?<!b)', '(?:)', '(?=.*c)'),
  );
  const patterns = fc.letrec<{ pattern: string; sequence: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: 'small' },
      tie('sequence'),
      fc.tuple(tie('sequence'), tie('pattern')).map(([one, other]) => `${one}|${other}`),
    ),
    sequence: fc.oneof(
      { depthSize: 'small' },
      fc.array(atoms, { maxLength: 4 }).map((parts) => parts.join('')),
      fc
        .tuple(solid, tie('sequence'), fc.constantFrom('*', '+', '?', '{2}', '*?', '{0,2}'), atoms)
        .map(([first, rest, quantifier, atom]) => `(?:${first}${rest})${quantifier}${atom}`),
      fc.tuple(tie('pattern'), tie('sequence')).map(([inner, rest]) => `(${inner})${rest}`),
    ),
  })).pattern;
  const subjects = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.'), maxLength: 8 });

  test("find what JavaScript's own find", () => {
    fc.assert(
      fc.property(patterns, subjects, fc.boolean(), (pattern, subject, ignoreCase) => {
        const expected = new RegExp(pattern, ignoreCase ? 'i' : '').exec(subject);
        const { outcome } = search(pattern, subject, { ignoreCase });
        assert.equal(outcome !== 'none', expected !== null);
        if (typeof outcome === 'string' || expected === null) return;
        assert.equal(outcome[0], expected.index);
        assert.equal(subject.slice(outcome[0], outcome[1]), expected[0]);
      }),
      { numRuns: 1500 },
    );
  });

  test('take any text for a pattern or for none, and any text to search in', () => {
    const parts = fc.constantFrom(
      ...[
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '*',
        '+',
        '?',
        '|',
        '\\',
        '^',
        '$',
        '.',
        '-',
        ':',
        '=',
        '!',
      ],
      ...[
        '<',
        '>',
        'a',
        'b',
        '1',
        ',',
        'Q',
        'E',
        'k',
        'x',
        '(?',
        '\\1',
        '\\Q',
        '[[:',
        ':]',
        'é',
        '#',
      ],
    );
    const anyPatterns = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(parts, { maxLength: 15 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(
        anyPatterns,
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        (pattern, text, extended) => {
          const regexp = Regexp.compile(pattern, { extended });
          regexp?.search(bytesOf(text), 0, { steps: 10_000 });
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('see bytes, and give them back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(textOfBytes(bytesOf(text)), text);
        assert.equal(bytesOf(text).length, Buffer.byteLength(text));
      }),
    );
  });
});

describe('a pattern that would take for ever', () => {
  const evil: [string, string][] = [
    ['(a+)+$', `${'a'.repeat(40)}b`],
    ['(a|aa)+$', `${'a'.repeat(60)}b`],
    ['(a|a)*b|x', 'a'.repeat(60)],
    ['(.*)*(.*)*(.*)*[0-9]z|y', `${'a1'.repeat(30)}b`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', `${'a'.repeat(60)}A`],
    ['(?:(?=(a+))\\1)*?(a+)+$', `${'a'.repeat(60)}b`],
    ['(?<=(?:a|b|aa){1,100})c|(a+)+$', `${'a'.repeat(60)}d`],
  ];
  for (const [pattern, text] of evil) {
    test(`stops at its limit of steps: ${pattern}`, () => {
      assert.equal(search(pattern, text).outcome, 'limit');
    });
  }

  test('is none where its program would be too large', () => {
    assert.equal(Regexp.compile('((((a{0,9}b){99}){99}){99}){99}'), undefined);
    assert.equal(Regexp.compile('('.repeat(10_000)), undefined);
    assert.equal(Regexp.compile('('.repeat(300) + ')'.repeat(300)), undefined);
  });

  test('costs nothing where a byte is missing that every match has', () => {
    const { outcome, steps } = search('(a+)+z', 'a'.repeat(10_000));
    assert.equal(outcome, 'none');
    assert.equal(steps, 0);
  });

  test('takes time in proportion to the text where it is a plain one', () => {
    const { outcome, steps } = search('b', 'a'.repeat(100_000) + 'b');
    assert.deepEqual(outcome, [100_000, 100_001]);
    assert.ok(steps < 500_000, `${steps} steps`);
  });
});
