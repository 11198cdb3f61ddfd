import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ok } from '../../result';
import { expandMacros, referredNames, type MacroWorld } from './macros';

const MACROS: Readonly<Record<string, string>> = { FOO: 'foo', EMPTY: '', 'A.B': 'dotted' };
const WORLD: MacroWorld = {
  macro: (name) => ok(MACROS[name.toUpperCase()]),
  environment: (name) => ({ HOME: '/root', NOTHING: '' })[name],
};

describe('macros', () => {
  // What HTCondor's condor_config_val (23.9.6) gives for the same texts.
  const rows: readonly (readonly [text: string, expanded: string])[] = [
    ['', ''],
    ['plain text', 'plain text'],
    ['$(FOO)', 'foo'],
    ['$(foo)$(Foo)', 'foofoo'],
    ['a$(FOO)b$(X:dd$(FOO))', 'afoobddfoo'],
    ['$(nope:d)', 'd'],
    ['$(nope:)', ''],
    ['$(EMPTY:d)', ''],
    ['$(A.B)', 'dotted'],
    ['$(nope:f(x))', 'f(x)'],
    ['$(DOLLAR)(FOO)', '$(FOO)'],
    ['$$(FOO)|$$(X)', '$$(FOO)|$$(X)'],
    ['$ENV(HOME)', '/root'],
    ['$ENV(NOPE:dflt)', 'dflt'],
    ['$ENV(NOTHING)', ''],
    ['$(a b)|', '$(a b)|'],
    ['$(a', '$(a'],
    ['$(', '$('],
    ['^slot[0-9]+$', '^slot[0-9]+$'],
    ['$NOSUCH(B)', '$NOSUCH(B)'],
  ];
  for (const [text, expanded] of rows) {
    test(`${JSON.stringify(text)} becomes ${JSON.stringify(expanded)}`, () => {
      assert.deepEqual(expandMacros(text, WORLD), ok(expanded));
    });
  }

  const refused: readonly (readonly [text: string, message: RegExp])[] = [
    ['$(LOCAL_DRI)/execute', /^\$\(LOCAL_DRI\) is not defined/],
    ['$ENV(NOPE)', /^the environment has no variable NOPE/],
    ['$(nope:$(neither))', /^\$\(neither\) is not defined/],
    ['$INT(3+4)', /\$INT\(\) works in HTCondor's own configuration only/],
    ['$Fn(FOO)', /\$Fn\(\) works in HTCondor's own configuration only/],
  ];
  for (const [text, message] of refused) {
    test(`${text} is refused`, () => {
      const result = expandMacros(text, WORLD);
      assert.ok(!result.ok);
      assert.match(result.error, message);
    });
  }

  test('what a macro brings in is not expanded again', () => {
    const world: MacroWorld = { ...WORLD, macro: () => ok('$(FOO)') };
    assert.deepEqual(expandMacros('$(X)', world), ok('$(FOO)'));
  });

  test('a text without a dollar stays as it is, and any text gets an answer', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = expandMacros(text, WORLD);
        if (!text.includes('$')) assert.deepEqual(result, ok(text));
      }),
    );
    const pieces = fc.constantFrom('$(', '$ENV(', ')', ':', 'FOO', '$', '(', 'X', '$$(');
    fc.assert(fc.property(fc.array(pieces), (parts) => void expandMacros(parts.join(''), WORLD)));
  });

  test('the names that a text refers to are found, also inside others', () => {
    assert.deepEqual(referredNames('$(a)/$(B:$(c)) $ENV(D) $(DOLLAR)'), ['A', 'B', 'C', 'DOLLAR']);
  });
});
