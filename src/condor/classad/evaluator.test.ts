import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  evaluate,
  type EvaluationHost,
  parseClassAd,
  parseExpression,
  printValue,
  type Scope,
} from '.';
import { functionNames } from './functions';

function valueOf(text: string, scope: Scope = {}, host?: EvaluationHost): string {
  const expression = parseExpression(text);
  assert.ok(expression.ok, expression.ok ? '' : expression.error.message);
  return printValue(evaluate(expression.value, scope, host));
}

function scopeOf(text: string): Scope {
  const ad = parseClassAd(text);
  assert.ok(ad.ok, ad.ok ? '' : ad.error.message);
  return { my: ad.value };
}

/** `name0 = first`, and then each attribute from the one before. */
function chain(length: number, first: string, next: (previous: string) => string): string {
  const lines = [`x0 = ${first}`];
  for (let at = 1; at <= length; at += 1) lines.push(`x${at} = ${next(`x${at - 1}`)}`);
  return lines.join('\n');
}

describe('an evaluation ends', () => {
  const circles: [string, string][] = [
    ['an attribute that is itself', 'x = x'],
    ['two that are each other', 'x = y + 1\ny = x + 1'],
    ['one that asks for itself by MY', 'x = MY.x'],
    ['one that asks for itself by eval()', 'x = eval("x")'],
    ['one inside a nested ad', 'x = a.b\na = [ b = parent.x ]'],
    ['one that calls itself twice', 'x = x + x'],
    ['a list that picks from itself', 'x = list[0]\nlist = { x }'],
    ['one whose alternative is itself', 'x = x ?: x'],
  ];
  for (const [name, text] of circles) {
    test(`with error for ${name}`, () => assert.equal(valueOf('x', scopeOf(text)), 'error'));
  }

  test('with error for the whole, where only a part comes back to itself', () => {
    assert.equal(valueOf('isError(x) || true', scopeOf('x = x')), 'error');
  });

  test('with a value for references that hang 399 deep on each other', () => {
    assert.equal(valueOf('x399', scopeOf(chain(399, '1', (x) => `(${x} + 1)`))), '400');
  });

  const doublings: [string, string, (x: string) => string][] = [
    ['sums', '1', (x) => `${x} + ${x}`],
    ['strings', '"0123456789"', (x) => `strcat(${x}, ${x})`],
    ['lists', '1', (x) => `sum({ ${x}, ${x} })`],
    ['replacements', '"aaaaaaaaaaaaaaaaaaaa"', (x) => `replaceall("a", ${x}, ${x})`],
    ['conditions', 'true', (x) => `${x} ? ${x} : ${x}`],
    ['searches', '"aaaaaaaa"', (x) => `regexps("(a*)*b|a*", strcat(${x}, ${x}), "\\0")`],
    ['contexts', '1', (x) => `sum(evalInEachContext(${x} + ${x}, { [], [] }))`],
    ['names', 'y', (x) => `${x} + ${x} + size(unresolved(${x}))`],
  ];
  for (const [name, first, next] of doublings) {
    test(`with error for ${name} that double sixty times`, () => {
      assert.equal(valueOf('x60', scopeOf(chain(60, first, next))), 'error');
    });
  }

  test('with error for a string of more than 16 MiB', () => {
    const my = scopeOf(`x = "${'0123456789abcdef'.repeat(65_536)}"`);
    assert.equal(valueOf(`size(strcat(${'x, '.repeat(15)}x))`, my), String(16 * 1024 * 1024));
    assert.equal(valueOf(`strcat(${'x, '.repeat(16)}"0")`, my), 'error');
    assert.equal(valueOf(`join(x, split("${'a '.repeat(30)}"))`, my), 'error');
  });

  test('for expressions as deep as they are read, in attributes as deep as they are followed', () => {
    const deep = (x: string) => `${'strcat('.repeat(300)}${x}${')'.repeat(300)}`;
    assert.equal(valueOf('x399', scopeOf(chain(399, '"a"', deep))), 'error');
    assert.equal(valueOf(deep('"a"')), '"a"');
  });

  test('for a chain of a hundred thousand operators', () => {
    assert.equal(valueOf(`1${' + 1'.repeat(100_000)}`), '100001');
    assert.equal(valueOf(`false${' || false'.repeat(100_000)}`), 'false');
  });
});

describe('an evaluation', () => {
  test('looks no further than it must', () => {
    assert.equal(valueOf('true || x', scopeOf('x = x')), 'true');
    assert.equal(valueOf('false && x', scopeOf('x = x')), 'false');
    assert.equal(valueOf('true ? 1 : x', scopeOf('x = x')), '1');
    assert.equal(valueOf('ifThenElse(false, x, 2)', scopeOf('x = x')), '2');
    assert.equal(valueOf('5 ?: x', scopeOf('x = x')), '5');
  });

  test('does not share what an ad inside an ad is looked up in', () => {
    const my = scopeOf('a = 1\nshared = [ b = a ]');
    assert.equal(valueOf('[ a = 2; c = shared ].c.b', my), '1');
    assert.equal(valueOf('shared.b', my), '1');
  });

  test('knows every function that the manual lists', () => {
    const MANUAL = `eval unparse unresolved ifThenElse isUndefined isError isString isInteger isReal
      isList isClassAd isBoolean isAbstime isReltime member anyCompare allCompare identicalMember int
      real string bool absTime relTime floor ceiling pow quantize round random sum avg min max strcat
      join substr strcmp stricmp versioncmp versionGT versionGE versionLT versionLE versionEQ
      version_in_range toUpper toLower size split splitUserName splitSlotName time formatTime interval
      evalInEachContext countMatches debug envV1ToV2 mergeEnvironment stringListSize stringListSum
      stringListAvg stringListMin stringListMax stringListMember stringListIMember
      stringListsIntersect stringListSubsetMatch stringListISubsetMatch regexp regexpMember regexps
      replace replaceall stringList_regexpMember userHome userMap`;
    const known = functionNames();
    assert.deepEqual(
      MANUAL.split(/\s+/).filter((name) => !known.includes(name.toLowerCase())),
      [],
    );
    assert.equal(new Set(known).size, known.length);
  });

  test('does not take what every JavaScript object has for a function', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      assert.equal(valueOf(`${name}(1)`), 'error');
    }
  });
});

describe('the host', () => {
  const host: EvaluationHost = {
    now: () => 1_582_979_696.75,
    utcOffset: () => -21_600,
    random: () => 0.999,
    userHome: (user) => (user === 'alice' ? '/home/alice' : undefined),
    userMap: (map, user) => (map === 'groups' && user === 'alice' ? 'physics, admin' : undefined),
  };
  const answers: [string, string][] = [
    ['time()', '1582979696'],
    ['CurrentTime', '1582979696'],
    ['absTime()', 'absTime("2020-02-29T06:34:56-06:00")'],
    ['currentTime()', 'absTime("2020-02-29T06:34:56-06:00")'],
    ['absTime("2020-02-29T06:34:56")', 'absTime("2020-02-29T06:34:56-06:00")'],
    ['dayTime()', 'relTime("06:34:56")'],
    ['timeZoneOffset()', 'relTime("-06:00:00")'],
    ['formatTime()', '"Sat Feb 29 06:34:56 2020"'],
    ['random(10)', '9'],
    ['random()', '9.990000000000000E-01'],
    ['random(2.0)', '1.998000000000000E+00'],
    ['userHome("alice")', '"/home/alice"'],
    ['userHome("bob")', 'undefined'],
    ['userHome("bob", "/nonexistent")', '"/nonexistent"'],
    ['userMap("groups", "alice")', '"physics, admin"'],
    ['userMap("groups", "alice", "ADMIN")', '"admin"'],
    ['userMap("groups", "alice", "other")', '"physics"'],
    ['userMap("groups", "bob")', 'undefined'],
    ['userMap("groups", "bob", "admin", "none")', '"none"'],
  ];
  for (const [text, value] of answers) {
    test(`answers ${text}`, () => {
      assert.equal(valueOf(text, scopeOf(''), host), value);
    });
  }

  test('is told what debug() looks at', () => {
    const lines: string[] = [];
    const value = valueOf('debug(a + 1) * 2', scopeOf('a = 1'), {
      ...host,
      debug: (line) => lines.push(line),
    });
    assert.equal(value, '4');
    assert.deepEqual(lines, ['Classad debug: a + 1 --> 2']);
  });
});
