import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseIniFile } from './ini-file';

/** Names and texts of a file that is right. */
function read(text: string): readonly (readonly [string, string])[] {
  const settings = parseIniFile(text, 'f.ini');
  assert.ok(settings.ok, JSON.stringify(settings));
  return settings.value.map((setting) => [setting.name, setting.text]);
}

describe('an ini file', () => {
  const rows: readonly (readonly [why: string, text: string, value: string])[] = [
    ['keeps a value as it is', 'KNOB = a b  c', 'a b  c'],
    ['needs no blanks around =', 'KNOB=value', 'value'],
    ['loses white space around a value', '  KNOB  =   value\t ', 'value'],
    ['keeps ; and # in a value', 'KNOB = A=1;B=2 # 3', 'A=1;B=2 # 3'],
    ['keeps quotation marks', 'KNOB = "A=1 B=2"', '"A=1 B=2"'],
    ['keeps expressions that begin and end with one', 'KNOB = "a" == "b"', '"a" == "b"'],
    ['keeps apostrophes', "KNOB = 'a'", "'a'"],
    ['keeps backslashes', 'KNOB = ^a\\.b\\;$', '^a\\.b\\;$'],
    ['keeps true a word', 'KNOB = true', 'true'],
    ['keeps null a word', 'KNOB = null', 'null'],
    ['can empty a knob', 'KNOB =', ''],
    ['can have = in a value', 'KNOB = RHEL5=/chroot/sl5', 'RHEL5=/chroot/sl5'],
    ['joins a line that ends in a backslash to the next', 'KNOB = a, \\\n   b', 'a, b'],
    ['takes a last backslash as it is', 'KNOB = a\\', 'a\\'],
    ['can begin with a byte order mark', '\uFEFFKNOB = value', 'value'],
    ['can have lines of Windows', 'KNOB = value\r\n', 'value'],
    ['can begin a value with [', 'KNOB = [ a = 1 ]', '[ a = 1 ]'],
  ];
  for (const [why, text, value] of rows) {
    test(why, () => assert.deepEqual(read(text), [['KNOB', value]]));
  }

  test('has comments that begin a line, and empty lines', () => {
    assert.deepEqual(read('# one\n\n  ; two\nKNOB = 1\n#KNOB = 2\n'), [['KNOB', '1']]);
  });

  test('keeps all settings of one knob, in order', () => {
    assert.deepEqual(read('A = 1\nB = 2\nA = 3'), [
      ['A', '1'],
      ['B', '2'],
      ['A', '3'],
    ]);
  });

  test('says where each setting stands, a joined one by its first line', () => {
    const settings = parseIniFile('# c\nA = 1 \\\n 2\n\nB = 3', 'f.ini');
    assert.ok(settings.ok);
    assert.deepEqual(
      settings.value.map(({ origin }) => origin),
      [2, 5].map((line) => ({ kind: 'file', file: 'f.ini', line })),
    );
  });

  test('makes a setting of names that objects have', () => {
    assert.deepEqual(read('__proto__ = 1\nconstructor = 2'), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  const refused: readonly (readonly [line: string, message: RegExp])[] = [
    ['EXECUTE', /f\.ini:2: "EXECUTE": expected NAME = value/],
    ['EXECUTE : /scratch', /f\.ini:2: "EXECUTE : \/scratch": expected NAME = value/],
    ['use ROLE : Execute', /f\.ini:2: .*expected NAME = value/],
    ['LIST[] = a', /f\.ini:2: .*expected NAME = value/],
    ['= value', /f\.ini:2: .*expected NAME = value/],
    ['[isolation]', /f\.ini:2: "\[isolation\]": knobs have no sections/],
    ['x'.repeat(1000), /f\.ini:2: "x{60}\.\.\.": expected/],
  ];
  for (const [line, message] of refused) {
    test(`refuses ${line.slice(0, 30)} with its line`, () => {
      const settings = parseIniFile(`A = 1\n${line}\nB = 2`, 'f.ini');
      assert.ok(!settings.ok);
      assert.equal(settings.error.length, 1);
      assert.match(settings.error[0]!.message, message);
    });
  }

  test('tells of every wrong line at once', () => {
    const settings = parseIniFile('one\nA = 1\ntwo\n', 'f.ini');
    assert.ok(!settings.ok);
    assert.deepEqual(
      settings.error.map(({ message }) => message.slice(0, 8)),
      ['f.ini:1:', 'f.ini:3:'],
    );
  });

  test('gives back any value without line ends that does not end in a backslash', () => {
    const value = fc
      .string({ unit: 'grapheme' })
      .map((text) => text.replace(/[\r\n]/g, '').trim())
      .filter((text) => !text.endsWith('\\'));
    fc.assert(
      fc.property(value, (text) => assert.deepEqual(read(`KNOB = ${text}\n`), [['KNOB', text]])),
    );
  });
});
