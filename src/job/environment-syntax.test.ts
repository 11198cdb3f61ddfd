import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import quoting from '../../test/job/quoting.json';
import type { Result } from '../result';
import {
  parseEnvironmentV1,
  parseEnvironmentV1OrQuotedV2,
  parseEnvironmentV2,
  printEnvironmentV1,
  printEnvironmentV2,
} from './environment-syntax';

/** An environment as V2 with its names sorted by byte, as HTCondor prints it. */
function inHtcondorsOrder(read: Result<Map<string, string>, string>): string | null {
  if (!read.ok) return null;
  const sorted = [...read.value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return printEnvironmentV2(new Map(sorted));
}

function judgements(name: string): [string, string | null][] {
  const rows = (quoting as unknown as [string, string, string | null][]).filter(
    (row) => row[0] === name,
  );
  assert.ok(rows.length > 50, `${name} was recorded`);
  return rows.map(([, text, value]) => [text, value]);
}

describe('environments, beside what HTCondor says', () => {
  test('V1 strings are read as envV1ToV2() reads them, and refused where it refuses', () => {
    for (const [text, v2] of judgements('envV1ToV2')) {
      assert.equal(inHtcondorsOrder(parseEnvironmentV1(text)), v2, JSON.stringify(text));
    }
  });

  test('V2 strings are read as mergeEnvironment() reads them, and refused where it refuses', () => {
    for (const [text, v2] of judgements('mergeEnvironment')) {
      assert.equal(inHtcondorsOrder(parseEnvironmentV2(text)), v2, JSON.stringify(text));
    }
  });
});

describe('the V1 delimiter', () => {
  const rows: [string, string | undefined, Record<string, string>][] = [
    ['A=1;B=2', undefined, { A: '1', B: '2' }],
    ['A=1|B=2', '|', { A: '1', B: '2' }],
    ['A=1;x|B=2', '|', { A: '1;x', B: '2' }],
    // The string's own first character wins over EnvDelim.
    [',A=1|x,B=2', '|', { A: '1|x', B: '2' }],
    ['A=1\nB=2', '|', { A: '1', B: '2' }],
  ];
  for (const [text, delimiter, expected] of rows) {
    test(`${JSON.stringify(text)} with EnvDelim ${delimiter ?? 'missing'}`, () => {
      const read = parseEnvironmentV1(text, delimiter);
      assert.ok(read.ok);
      assert.deepEqual(Object.fromEntries(read.value), expected);
    });
  }
});

describe('environments', () => {
  const name = fc.string({
    unit: fc.constantFrom('A', 'b', '_', '9', ' ', '/', ';'),
    minLength: 1,
  });
  const value = fc.string({ unit: fc.constantFrom('1', '=', ' ', "'", '"', ';', '|', '\n', 'é') });
  const environment = fc
    .array(fc.tuple(name, value))
    .map((entries) => new Map<string, string>(entries));

  test('any environment survives V2', () => {
    fc.assert(
      fc.property(environment, (entries) => {
        const read = parseEnvironmentV2(printEnvironmentV2(entries));
        assert.deepEqual(read, { ok: true, value: entries });
      }),
    );
  });

  test('any environment survives V1, or V1 says that it cannot hold it', () => {
    fc.assert(
      fc.property(environment, (entries) => {
        const printed = printEnvironmentV1(entries);
        if (printed.ok) {
          assert.deepEqual(parseEnvironmentV1(printed.value), { ok: true, value: entries });
        } else assert.match(printed.error, /use V2$/);
      }),
    );
  });

  test('a knob holds quoted V2 or V1', () => {
    const expected = { ok: true, value: new Map([['A', 'one two']]) };
    assert.deepEqual(parseEnvironmentV1OrQuotedV2(`"A='one two'"`), expected);
    assert.deepEqual(parseEnvironmentV1OrQuotedV2('A=one two'), expected);
  });

  test('an entry without "=" is shown', () => {
    assert.deepEqual(parseEnvironmentV2('A=1 B'), {
      ok: false,
      error: 'the entry "B" has no "="',
    });
    assert.deepEqual(parseEnvironmentV1('A=1;=2'), {
      ok: false,
      error: 'the entry "=2" has no name before "="',
    });
  });
});
