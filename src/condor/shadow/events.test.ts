import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { adsOf, RUNS } from '../../../test/shadow/recorded';
import { type ClassAd, printClassAd } from '../classad';
import { activationEvent, genericEvent, remoteErrorEvent, verdictOf } from './events';

function lines(ad: ClassAd): string[] {
  return printClassAd(ad, 'old').trimEnd().split('\n').sort();
}

const TIME = Date.parse('2026-11-21T01:28:28.547Z') / 1000;

describe('an error event', () => {
  test('is what genuine starters sent', () => {
    let compared = 0;
    for (const run of RUNS.values()) {
      for (const genuine of adsOf(run, 284)) {
        if (genuine.string('MyType') !== 'RemoteErrorEvent') continue;
        const own = remoteErrorEvent(
          genuine.string('ErrorMsg') ?? '',
          verdictOf(
            genuine.integer('HoldReasonCode') ?? 0,
            genuine.integer('HoldReasonSubCode') ?? 0,
          ),
          Date.parse(genuine.string('EventTime') ?? '') / 1000,
        );
        assert.deepEqual(lines(own), lines(genuine));
        compared += 1;
      }
    }
    assert.ok(compared >= 2);
  });

  test('without a code puts the job back into the queue', () => {
    assert.deepEqual(lines(remoteErrorEvent('x', { kind: 'requeue' }, TIME)), [
      'Daemon = "starter"',
      'ErrorMsg = "x"',
      'EventTime = "2026-11-21T01:28:28.547Z"',
      'EventTypeNumber = 21',
      'MyType = "RemoteErrorEvent"',
    ]);
  });

  test('that is a note is not critical and has no code', () => {
    const note = remoteErrorEvent('x', { kind: 'note' }, TIME);
    assert.equal(note.boolean('CriticalError'), false);
    assert.equal(note.has('HoldReasonCode'), false);
  });

  test('has the code for leaving a slot', () => {
    const vacate = remoteErrorEvent('x', verdictOf(1009, 3), TIME);
    assert.equal(vacate.integer('HoldReasonCode'), 1009);
    assert.equal(vacate.integer('HoldReasonSubCode'), 3);
  });
});

describe('the verdict of a code', () => {
  const rows: [number, string][] = [
    [-1, 'requeue'],
    [0, 'requeue'],
    [1, 'hold'],
    [21, 'hold'],
    [999, 'hold'],
    [1000, 'vacate'],
    [1009, 'vacate'],
  ];
  for (const [code, kind] of rows) {
    test(`${code}: ${kind}`, () => assert.equal(verdictOf(code, 0).kind, kind));
  }
});

describe('a note for the log', () => {
  test('has the attributes of a generic event', () => {
    assert.deepEqual(lines(genericEvent('half way', TIME)), [
      'EventTime = "2026-11-21T01:28:28.547Z"',
      'EventTypeNumber = 8',
      'Info = "half way"',
      'MyType = "GenericEvent"',
    ]);
  });

  test('is one line of 128 characters at most, none cut in two, no NUL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const info = genericEvent(text, TIME).string('Info') ?? '';
        assert.ok(Array.from(info).length <= 128);
        assert.doesNotMatch(info, /[\0\n]/);
        assert.ok(text.replaceAll('\0', '').replaceAll('\n', ' ').startsWith(info));
      }),
    );
  });
});

test('the end of the process is told as genuine starters told it', () => {
  for (const run of RUNS.values()) {
    for (const genuine of adsOf(run, 304)) {
      assert.deepEqual(lines(activationEvent()), lines(genuine));
    }
  }
});
