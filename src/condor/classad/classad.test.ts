import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ClassAd,
  evaluateInAd,
  integerValue,
  listItems,
  parseClassAd,
  parseExpression,
  printClassAd,
  printValue,
  realValue,
  stringValue,
  TRUE,
} from '.';

function adOf(text: string): ClassAd {
  const ad = parseClassAd(text);
  assert.ok(ad.ok, ad.ok ? '' : ad.error.message);
  return ad.value;
}

const JOB = adOf(`
Cmd = "/bin/sleep"
Cpus = 2
Half = 2.9
Yes = true
Zero = 0.0
Sum = Cpus + 1
Memory = TARGET.Memory / 2
Big = 9223372036854775807
List = { 1, Cpus, nowhere }
Inner = [ a = 1; b = a + Cpus ]
Broken = 1 / 0
`);

describe('an ad', () => {
  test('has its attributes in the order in which they were set', () => {
    const ad = new ClassAd().set('b', integerValue(1)).set('A', integerValue(2));
    assert.deepEqual(ad.names(), ['b', 'A']);
    assert.equal(ad.size, 2);
    assert.deepEqual(
      [...ad.entries()].map(([name]) => name),
      ['b', 'A'],
    );
  });

  test('knows a name in any case, and keeps its last spelling and its first place', () => {
    const ad = new ClassAd().set('Owner', stringValue('a')).set('x', TRUE);
    ad.set('OWNER', stringValue('b'));
    assert.equal(ad.string('owner'), 'b');
    assert.deepEqual(ad.names(), ['OWNER', 'x']);
    assert.ok(ad.has('oWNER'));
  });

  test('takes values and expressions', () => {
    const expression = parseExpression('a + 1');
    assert.ok(expression.ok);
    const ad = new ClassAd().set('a', integerValue(1)).set('b', expression.value);
    assert.deepEqual(ad.get('B'), expression.value);
    assert.equal(ad.integer('b'), 2);
  });

  test('loses an attribute that is deleted', () => {
    const ad = new ClassAd().set('a', TRUE);
    assert.equal(ad.delete('A'), true);
    assert.equal(ad.delete('A'), false);
    assert.equal(ad.get('a'), undefined);
    assert.equal(ad.size, 0);
  });

  test('is not changed by what is done to its copy', () => {
    const copy = JOB.copy().set('Cpus', integerValue(8));
    copy.delete('Cmd');
    assert.equal(copy.integer('Sum'), 9);
    assert.equal(JOB.integer('Sum'), 3);
    assert.equal(JOB.string('Cmd'), '/bin/sleep');
  });

  test('has no attribute of the names that JavaScript objects have', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      assert.equal(new ClassAd().get(name), undefined);
      assert.equal(new ClassAd().set(name, TRUE).boolean(name), true);
    }
  });
});

describe('a typed look-up', () => {
  test('of a string takes nothing but strings', () => {
    assert.equal(JOB.string('cmd'), '/bin/sleep');
    assert.equal(JOB.string('Cpus'), undefined);
    assert.equal(JOB.string('nowhere'), undefined);
  });

  test('of an integer cuts reals and counts true as 1, as EvaluateAttrNumber() does', () => {
    assert.equal(JOB.integer('Cpus'), 2);
    assert.equal(JOB.integer('Half'), 2);
    assert.equal(JOB.integer('Yes'), 1);
    assert.equal(JOB.integer('Cmd'), undefined);
    assert.equal(JOB.integer('Broken'), undefined);
  });

  test('of an integer that a JavaScript number cannot hold gives none', () => {
    assert.equal(JOB.integer('Big'), undefined);
    assert.deepEqual(JOB.value('Big'), integerValue(2n ** 63n - 1n));
    assert.equal(new ClassAd().set('x', realValue(1e300)).integer('x'), undefined);
    assert.equal(new ClassAd().set('x', realValue(Number.NaN)).integer('x'), undefined);
  });

  test('of a real takes integers and truths too', () => {
    assert.equal(JOB.real('Half'), 2.9);
    assert.equal(JOB.real('Cpus'), 2);
    assert.equal(JOB.real('Yes'), 1);
    assert.equal(JOB.real('Cmd'), undefined);
  });

  test('of a boolean takes numbers for what they count as, as EvaluateAttrBoolEquiv() does', () => {
    assert.equal(JOB.boolean('Yes'), true);
    assert.equal(JOB.boolean('Cpus'), true);
    assert.equal(JOB.boolean('Zero'), false);
    assert.equal(JOB.boolean('Cmd'), undefined);
    assert.equal(JOB.boolean('nowhere'), undefined);
  });

  test('of a list evaluates its items in the ad', () => {
    assert.deepEqual(JOB.list('List')?.map(printValue), ['1', '2', 'undefined']);
    assert.equal(JOB.list('Cmd'), undefined);
  });

  test('of an ad gives one whose expressions still see the ad around it', () => {
    const inner = JOB.ad('Inner');
    assert.ok(inner);
    assert.equal(printValue(evaluateInAd(inner, 'b')), '3');
    assert.equal(JOB.ad('List'), undefined);
  });

  test('takes what the ad lacks from the ad that it is matched with', () => {
    const target = adOf('Memory = 1000\nArch = "X86_64"\nSeen = TARGET.Cpus\nList = { Memory }');
    assert.equal(JOB.integer('Memory', { target }), 500);
    assert.equal(JOB.string('Arch', { target }), 'X86_64');
    assert.equal(JOB.integer('Seen', { target }), 2);
    assert.equal(JOB.value('Memory').type, 'undefined');
  });

  test('of a list in the other ad evaluates its items there', () => {
    const target = adOf('Sizes = { Memory, TARGET.Cpus }\nMemory = 1000');
    const sizes = JOB.value('Sizes', { target });
    assert.ok(sizes.type === 'list');
    assert.deepEqual(listItems(sizes).map(printValue), ['1000', '2']);
  });

  test('gives error for the time where no host tells it', () => {
    const ad = adOf('Now = time()\nDice = random(6)\nLocal = absTime(0)');
    for (const name of ad.names()) assert.equal(ad.value(name).type, 'error');
    const host = { now: () => 1000.9, utcOffset: () => 3600, random: () => 0.5 };
    assert.equal(ad.integer('Now', {}, host), 1000);
    assert.equal(ad.integer('Dice', {}, host), 3);
    assert.equal(printValue(ad.value('Local', {}, host)), 'absTime("1970-01-01T01:00:00+01:00")');
  });
});

describe('printing an ad', () => {
  test('keeps the order of a job ad in the old syntax', () => {
    const text = 'MyType = "Job"\nClusterId = 1\nA = ClusterId + 1\n';
    assert.equal(printClassAd(adOf(text), 'old'), text);
  });

  test("has HTCondor's order in the new one", () => {
    assert.equal(
      printClassAd(adOf('Ccc = 3\nb = 2\nA = 1\nBb = 4'), 'new'),
      '[ A = 1; b = 2; Bb = 4; Ccc = 3 ]',
    );
  });
});
