import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AttributeList } from './attribute-list';
import { evaluate } from './evaluator';
import type { BinaryOperator, Expression } from './expression';
import { PRECEDENCE } from './expression';
import { parseAttributes, parseExpression, type Syntax } from './parse';
import { printAttributes, printExpression, printValue } from './printer';
import { integerValue, realValue, stringValue } from './values';

/** The tree with ads as plain objects, and without parentheses, which printing may add. */
function shapeOf(expression: Expression): unknown {
  if (expression.kind === 'parentheses') return shapeOf(expression.inner);
  if (expression.kind === 'ad') {
    const attributes = [...expression.ad.entries()].map(([name, value]) => [name, shapeOf(value)]);
    return { kind: 'ad', attributes: Object.fromEntries(attributes) as unknown };
  }
  return Object.fromEntries(
    Object.entries(expression).map(([key, part]) => [key, shapeOfPart(part)]),
  );
}

function shapeOfPart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(shapeOfPart);
  return typeof part === 'object' && part !== null && 'kind' in part
    ? shapeOf(part as Expression)
    : part;
}

const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const oldTexts = texts.filter((text) => !/[\n\r]|\\$/.test(text));

function expressionsWith(strings: fc.Arbitrary<string>): fc.Arbitrary<Expression> {
  const names = fc.oneof(
    fc.constantFrom('a', 'B', 'x_1', 'parent', 'true', 'isnt', 'a b', '1a'),
    strings.filter((text) => text !== ''),
  );
  const literals = fc.oneof(
    fc.constantFrom<Expression>(
      { kind: 'literal', value: { type: 'undefined' } },
      { kind: 'literal', value: { type: 'error' } },
      { kind: 'literal', value: { type: 'boolean', value: true } },
      { kind: 'literal', value: { type: 'absoluteTime', seconds: 1e9, offset: 3600 } },
      { kind: 'literal', value: { type: 'relativeTime', seconds: -90_061.5 } },
    ),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value): Expression => ({ kind: 'literal', value: integerValue(value) })),
    fc
      // What 16 digits, as many as are printed, hold exactly.
      .double({ noNaN: true, min: -1e300, max: 1e300 })
      .map((value): Expression => ({
        kind: 'literal',
        value: realValue(Number(value.toPrecision(15))),
      })),
    strings.map((text): Expression => ({ kind: 'literal', value: stringValue(text) })),
  );
  return fc.letrec<{ any: Expression }>((tie) => {
    const list = fc.array(tie('any'), { maxLength: 3 });
    return {
      any: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        literals,
        names.map((name): Expression => ({
          kind: 'attribute',
          name,
          of: undefined,
          absolute: false,
        })),
        names.map((name): Expression => ({
          kind: 'attribute',
          name,
          of: undefined,
          absolute: true,
        })),
        fc.record({
          kind: fc.constant('attribute' as const),
          name: names,
          of: tie('any'),
          absolute: fc.constant(false),
        }),
        fc.record({
          kind: fc.constant('unary' as const),
          operator: fc.constantFrom('-', '+', '!', '~'),
          operand: tie('any'),
        }),
        fc.record({
          kind: fc.constant('binary' as const),
          operator: fc.constantFrom(...(Object.keys(PRECEDENCE) as BinaryOperator[])),
          left: tie('any'),
          right: tie('any'),
        }),
        fc.record({
          kind: fc.constant('conditional' as const),
          condition: tie('any'),
          whenTrue: fc.option(tie('any'), { nil: undefined }),
          whenFalse: tie('any'),
        }),
        fc.record({ kind: fc.constant('subscript' as const), of: tie('any'), index: tie('any') }),
        fc.record({ kind: fc.constant('parentheses' as const), inner: tie('any') }),
        fc
          .record({ name: names, parameters: list })
          // A time in a call is a literal when it is read.
          .filter(({ name }) => !/^(abs|rel)time$/i.test(name))
          .map(({ name, parameters }): Expression => ({ kind: 'call', name, parameters })),
        list.map((items): Expression => ({ kind: 'list', items })),
        fc
          .dictionary(names, tie('any'), { maxKeys: 3 })
          .map((attributes): Expression => ({ kind: 'ad', ad: adOf(attributes) })),
      ),
    };
  }).any;
}

function adOf(attributes: Readonly<Record<string, Expression>>): AttributeList {
  const ad = new AttributeList();
  for (const [name, expression] of Object.entries(attributes)) ad.set(name, expression);
  return ad;
}

function assertReadsBack(expression: Expression, syntax: Syntax): void {
  const printed = printExpression(expression, syntax);
  const read = parseExpression(printed, syntax);
  assert.ok(read.ok, `${printed}: ${JSON.stringify(read.ok ? '' : read.error)}`);
  assert.deepEqual(shapeOf(read.value), shapeOf(expression), printed);
}

describe('what is printed', () => {
  test('in the new syntax is read as the same expression', () => {
    fc.assert(
      fc.property(expressionsWith(texts), (expression) => assertReadsBack(expression, 'new')),
      { numRuns: 1000 },
    );
  });

  test('in the old syntax is read as the same expression', () => {
    fc.assert(
      fc.property(expressionsWith(oldTexts), (expression) => assertReadsBack(expression, 'old')),
      { numRuns: 1000 },
    );
  });

  test('in the old syntax for a string is read as one that gives the string', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const literal: Expression = { kind: 'literal', value: stringValue(text) };
        for (const expression of [literal, { kind: 'list', items: [literal] } as const]) {
          const ad = new AttributeList().set('A', expression).set('B', integerValue(1));
          const read = parseAttributes(printAttributes(ad, 'old'), 'old');
          assert.ok(read.ok, printAttributes(ad, 'old'));
          const item = parseExpression(expression.kind === 'list' ? 'A[0]' : 'A');
          assert.ok(item.ok);
          assert.deepEqual(evaluate(item.value, { my: read.value }), stringValue(text));
          assert.equal(read.value.size, 2);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('is read as the same ad, in both syntaxes', () => {
    const names = fc.stringMatching(/^[A-Za-z_]\w{0,5}$/);
    const ads = fc.uniqueArray(fc.tuple(names, expressionsWith(oldTexts)), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 5,
    });
    fc.assert(
      fc.property(ads, fc.constantFrom<Syntax>('old', 'new'), (entries, syntax) => {
        const ad = adOf(Object.fromEntries(entries));
        const printed = printAttributes(ad, syntax);
        const read = parseAttributes(printed, syntax);
        assert.ok(read.ok, printed);
        assert.deepEqual(shapeOf({ kind: 'ad', ad: read.value }), shapeOf({ kind: 'ad', ad }));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the old syntax', () => {
  const strings: [string, string][] = [
    ['plain', '"plain"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    [String.raw`a\b`, String.raw`"a\b"`],
    [String.raw`C:\dir` + '\\', String.raw`"C:\dir\"`],
    ['é', '"é"'],
    ['tab\t', '"tab\t"'],
    ['two\nlines', String.raw`eval("\"two\nlines\"")`],
    ['x\nOwner = "root"', String.raw`eval("\"x\nOwner = \\"root\\"\"")`],
    ['cr\r', String.raw`eval("\"cr\r\"")`],
  ];
  for (const [text, printed] of strings) {
    test(`has ${printed} for ${JSON.stringify(text)}`, () => {
      assert.equal(printExpression({ kind: 'literal', value: stringValue(text) }, 'old'), printed);
    });
  }

  test('has one line for each attribute, whatever its names and strings hold', () => {
    const hostile = "x\nOwner = 'root'\n";
    const inner = new AttributeList().set(hostile, stringValue(hostile));
    const ad = new AttributeList()
      .set('A', { kind: 'ad', ad: inner })
      .set('B', stringValue(hostile))
      .set('C', { kind: 'attribute', name: hostile, of: undefined, absolute: false })
      .set(hostile, integerValue(1));
    const printed = printAttributes(ad, 'old');
    assert.equal(printed.split('\n').length, 5);
    const read = parseAttributes(printed, 'old');
    assert.ok(read.ok);
    assert.deepEqual(read.value.names(), ad.names());
    const own = parseExpression("A.'x\\nOwner = \\'root\\'\\n'");
    assert.ok(own.ok);
    assert.deepEqual(evaluate(own.value, { my: read.value }), stringValue(hostile));
    assert.deepEqual(
      evaluate(
        { kind: 'attribute', name: 'C', of: undefined, absolute: false },
        { my: read.value },
      ),
      integerValue(1),
    );
  });

  test('has a real with a point and no more digits than it needs', () => {
    const reals: [number, string][] = [
      [1.5, '1.5'],
      [100, '100.0'],
      [1e100, '1E+100'],
      [1e-7, '1E-07'],
      [0.1, '0.1'],
      [123456789012345680, '1.234567890123457E+17'],
      [-0, '-0.0'],
      [Number.NaN, 'real("NaN")'],
      [Infinity, 'real("INF")'],
      [-Infinity, 'real("-INF")'],
    ];
    for (const [real, printed] of reals) {
      const literal: Expression = { kind: 'literal', value: realValue(real) };
      assert.equal(printExpression(literal, 'old'), printed);
    }
  });

  test('keeps =?= and =!=, which the new one calls is and isnt', () => {
    const expression = parseExpression('a is b || c isnt d');
    assert.ok(expression.ok);
    assert.equal(printExpression(expression.value, 'old'), 'a =?= b || c =!= d');
    assert.equal(printExpression(expression.value, 'new'), 'a is b || c isnt d');
  });
});

describe('a tree that nobody parsed', () => {
  const name = (text: string): Expression => ({
    kind: 'attribute',
    name: text,
    of: undefined,
    absolute: false,
  });
  const binary = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
    kind: 'binary',
    operator,
    left,
    right,
  });
  const [a, b, c] = ['a', 'b', 'c'].map(name) as [Expression, Expression, Expression];

  const trees: [string, Expression][] = [
    ['a * (b + c)', binary('*', a, binary('+', b, c))],
    ['(a + b) * c', binary('*', binary('+', a, b), c)],
    ['a - b - c', binary('-', binary('-', a, b), c)],
    ['a - (b - c)', binary('-', a, binary('-', b, c))],
    ['((a || b) && c) * a', binary('*', binary('&&', binary('||', a, b), c), a)],
    [' -(a + b)', { kind: 'unary', operator: '-', operand: binary('+', a, b) }],
    ['(a + b).c', { kind: 'attribute', name: 'c', of: binary('+', a, b), absolute: false }],
    ['(a + b)[c]', { kind: 'subscript', of: binary('+', a, b), index: c }],
    [
      '(a ? b : c) ? a : b',
      {
        kind: 'conditional',
        condition: { kind: 'conditional', condition: a, whenTrue: b, whenFalse: c },
        whenTrue: a,
        whenFalse: b,
      },
    ],
  ];
  for (const [text, tree] of trees) {
    test(`is printed with the parentheses that it needs: ${text}`, () => {
      assert.equal(printExpression(tree), text);
    });
  }
});

describe('a value', () => {
  test('is printed in the new syntax, on one line', () => {
    assert.equal(printValue(stringValue('a\n"b"\\')), String.raw`"a\n\"b\"\\"`);
    assert.equal(printValue(integerValue(2n ** 63n)), '-9223372036854775808');
    assert.equal(printValue(realValue(1 / 3)), '3.333333333333333E-01');
    assert.equal(
      printValue({ type: 'absoluteTime', seconds: 0, offset: -19_800 }),
      'absTime("1969-12-31T18:30:00-05:30")',
    );
    assert.equal(printValue({ type: 'relativeTime', seconds: -90_061 }), 'relTime("-1+01:01:01")');
  });
});
