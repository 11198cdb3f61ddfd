import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_NESTING } from './parser';
import { parseAttributes, parseExpression, type Syntax } from './parse';
import { printAttributes, printExpression } from './printer';

function trouble(text: string, syntax: Syntax = 'new') {
  const result = parseExpression(text, syntax);
  assert.ok(!result.ok, `${text} is an expression`);
  return result.error;
}

function readOld(text: string): string {
  const ad = parseAttributes(text, 'old');
  assert.ok(ad.ok, ad.ok ? '' : JSON.stringify(ad.error));
  return printAttributes(ad.value, 'new');
}

describe('a parse error', () => {
  const places: [string, number, number][] = [
    ['', 1, 1],
    ['1 +', 1, 4],
    ['1 + )', 1, 5],
    ['a b', 1, 3],
    ['(1', 1, 3],
    ['{ 1, }', 1, 6],
    ['\n\n  1 2', 3, 5],
    ['"a\nb" + @', 2, 6],
    ['"é" + "😀" + @', 1, 13],
    ['1 + "unclosed', 1, 5],
    ['f(1,\n  2,\n  007)', 3, 3],
    ['/* never', 1, 1],
    ['1 /* one */ /* two', 1, 13],
    ['absTime("x")', 1, 8],
  ];
  for (const [text, line, column] of places) {
    test(`of ${JSON.stringify(text)} is at line ${line}, column ${column}`, () => {
      const error = trouble(text);
      assert.deepEqual([error.line, error.column], [line, column], error.message);
    });
  }

  const sentences: [string, RegExp][] = [
    ['1 +', /^expected an expression, found the end of the text$/],
    ['(1 2', /^expected a closing \), found the number 2$/],
    ['a.1', /^expected the end of the expression, found the number 0.1$/],
    ['a.+', /^expected an attribute name, found \+$/],
    ['1 ? 2', /^expected a colon and what the condition gives otherwise, found the end/],
    ['1.', /^expected a digit after 1\.$/],
    ['1e', /^expected the digits of an exponent after 1e$/],
    ['010', /decimal, without a leading 0/],
    ['0x10', /no octal or hexadecimal/],
    ['"\\0"', /cannot hold a NUL/],
    ['"abc', /^this string is never closed: expected "$/],
    ['@', /^unexpected character "@"$/],
    ['é', /^unexpected character "é"$/],
    ["''", /must not be empty/],
    ['relTime("soon")', /^"soon" is not a time: expected \[days\+\]hh:mm:ss$/],
  ];
  for (const [text, sentence] of sentences) {
    test(`of ${text} says what was expected`, () => assert.match(trouble(text).message, sentence));
  }

  test('in an ad is where it is in the whole text', () => {
    const result = parseAttributes('# comment\nA = 1\n\n  B = 2 +\nC = 3\n', 'old');
    assert.deepEqual(result, {
      ok: false,
      error: {
        line: 4,
        column: 10,
        message: 'expected an expression, found the end of the text',
      },
    });
  });
});

describe('nesting', () => {
  const shapes: [string, (levels: number) => string][] = [
    ['parentheses', (levels) => '('.repeat(levels) + '1' + ')'.repeat(levels)],
    ['lists', (levels) => '{'.repeat(levels) + '1' + '}'.repeat(levels)],
    ['ads', (levels) => '[a='.repeat(levels) + '1' + ']'.repeat(levels)],
    ['calls', (levels) => 'f('.repeat(levels) + '1' + ')'.repeat(levels)],
    ['conditionals', (levels) => 'a ? '.repeat(levels) + '1' + ' : 2'.repeat(levels)],
    ['negations', (levels) => `${'!'.repeat(levels)}1`],
    ['subscripts', (levels) => `a${'[0]'.repeat(levels)}`],
    ['selections', (levels) => `a${'.b'.repeat(levels)}`],
  ];
  for (const [name, shape] of shapes) {
    test(`of ${name} is read up to ${MAX_NESTING} levels`, () => {
      assert.ok(parseExpression(shape(MAX_NESTING - 2)).ok);
    });

    test(`of ${name} ten thousand deep is an error, not a stack overflow`, () => {
      assert.match(trouble(shape(10_000)).message, /^nested too deeply: at most 400 levels$/);
    });
  }

  test('is not what a chain of a hundred thousand operators does', () => {
    assert.ok(parseExpression(`1${' + 1'.repeat(100_000)}`).ok);
  });
});

describe('the old syntax', () => {
  /** What `classad.parseOne(text, classad.Parser.Old)` of HTCondor 23.9 reads. */
  const ads: [string, string][] = [
    ['A=1', '[ A = 1 ]'],
    ['  A  =  1  ', '[ A = 1 ]'],
    ['A\t=\t5', '[ A = 5 ]'],
    ['A = 1\nA = 2', '[ A = 2 ]'],
    ['a = 1\nA = 2', '[ A = 2 ]'],
    ['# c\n  # d\nA = 1\n\n \t\nB=2\n', '[ A = 1; B = 2 ]'],
    ['A = 1\r\nB = 2\r\n', '[ A = 1; B = 2 ]'],
    [String.raw`A = "a\b"`, String.raw`[ A = "a\\b" ]`],
    [String.raw`A = "a\nb"`, String.raw`[ A = "a\\nb" ]`],
    [String.raw`A = "a\"b"`, String.raw`[ A = "a\"b" ]`],
    [String.raw`A = "\"q\""`, String.raw`[ A = "\"q\"" ]`],
    [String.raw`A = "a\\"`, String.raw`[ A = "a\\\\" ]`],
    [String.raw`A = "a\"`, String.raw`[ A = "a\\" ]`],
    [String.raw`A = "a\" `, String.raw`[ A = "a\\" ]`],
    [String.raw`A="x\\"y"`, String.raw`[ A = "x\\\"y" ]`],
    ["A = 'x y'", "[ A = 'x y' ]"],
    ['A = "x" // c', '[ A = "x" ]'],
    [String.raw`A = [ b = "c\d" ]`, String.raw`[ A = [ b = "c\\d" ] ]`],
    ['A = f(a;b)', '[ A = f(a,b) ]'],
    ['A = "é"', String.raw`[ A = "\303\251" ]`],
    ['error = 5', "[ 'error' = 5 ]"],
    ['a-b = 1', "[ 'a-b' = 1 ]"],
    ["'a b' = 1", "[ 'a b' = 1 ]"],
  ];
  for (const [text, ad] of ads) {
    test(`reads ${JSON.stringify(text)} as ${ad}`, () => assert.equal(readOld(text), ad));
  }

  const refused: [string, RegExp][] = [
    ['A', /^expected NAME = EXPRESSION on this line$/],
    ['= 1', /^expected NAME = EXPRESSION on this line$/],
    ['A B = 1', /^expected NAME = EXPRESSION on this line$/],
    ['A = ', /^expected an expression/],
    ['A == 1', /^expected an expression, found =$/],
    ['A = 010', /without a leading 0/],
    [String.raw`A = {"a\","b"}`, /^expected a comma or a closing \}, found the name b$/],
    ['A = 1 2', /^expected the end of the expression, found the number 2$/],
    ['A = 1;', /^expected the end of the expression, found ;$/],
    ['A = [\nb = 1 ]', /^expected an attribute name/],
  ];
  for (const [text, message] of refused) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      const ad = parseAttributes(text, 'old');
      assert.ok(!ad.ok);
      assert.match(ad.error.message, message);
    });
  }

  test('is told from the new one by the first character', () => {
    const texts = ['A = [ b = 1 ]', '[ A = [ b = 1 ] ]', ' \n\t[\nA = [ b = 1 ]\n]\n'];
    for (const text of texts) {
      const ad = parseAttributes(text);
      assert.ok(ad.ok);
      assert.equal(printAttributes(ad.value, 'new'), '[ A = [ b = 1 ] ]');
    }
  });

  test('of an empty text is an empty ad', () => {
    assert.equal(readOld(''), '[  ]');
    assert.equal(readOld('\n# nothing\n'), '[  ]');
  });
});

describe('any text', () => {
  const nearExpressions = fc
    .array(
      fc.constantFrom(
        ...['a', '1', '2.5', '"s"', "'q'", '+', '-', '!', '=?=', '&&', '?', ':', '.', ',', ';'],
        ...['(', ')', '[', ']', '{', '}', '=', 'f', ' ', '\n', '\\', '/*', '*/', '//', 'is', '0x'],
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''));
  const texts = fc.oneof(fc.string({ unit: 'binary' }), nearExpressions);

  test('gives an expression or an error inside the text, in both syntaxes', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom<Syntax>('old', 'new'), (text, syntax) => {
        const result = parseExpression(text, syntax);
        if (result.ok) return;
        const lines = text.split('\n');
        assert.ok(result.error.line >= 1 && result.error.line <= lines.length);
        const line = lines[result.error.line - 1] ?? '';
        assert.ok(result.error.column >= 1 && result.error.column <= line.length + 1);
      }),
      { numRuns: 1000 },
    );
  });

  test('gives an ad or an error', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom<Syntax | 'auto'>('old', 'new', 'auto'), (text, syntax) => {
        parseAttributes(text, syntax);
      }),
      { numRuns: 1000 },
    );
  });

  test('that is an expression is printed as one that prints the same', () => {
    fc.assert(
      fc.property(nearExpressions, (text) => {
        const first = parseExpression(text);
        if (!first.ok) return;
        const printed = printExpression(first.value);
        const second = parseExpression(printed);
        assert.ok(second.ok, `${text} was printed as ${printed}`);
        assert.equal(printExpression(second.value), printed);
      }),
      { numRuns: 2000 },
    );
  });
});
