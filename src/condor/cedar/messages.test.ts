/** Values of messages, written and read; and whatever bytes a peer may send for them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ClassAd, parseClassAd, printClassAd, stringValue } from '../classad';
import { MessageBody } from './message-reader';
import { MessageBuffer } from './message-writer';
import type { MessageReader, MessageWriter } from './types';
import { WireTrouble } from './wire-trouble';

function written(encrypted: boolean, write: (message: MessageWriter) => void): string {
  const message = new MessageBuffer(encrypted);
  write(message);
  return message.finish().toString('hex');
}

function read<T>(hex: string, encrypted: boolean, how: (message: MessageReader) => T): T {
  const message = new MessageBody(Buffer.from(hex, 'hex'), encrypted);
  const value = how(message);
  assert.equal(message.left, 0);
  return value;
}

function throughWire<T>(
  write: (message: MessageWriter) => void,
  how: (message: MessageReader) => T,
): T {
  const results = [true, false].map((e) => read(written(e, write), e, how));
  assert.deepEqual(results[0], results[1]);
  return results[0]!;
}

/** An ad in clear, of these strings. */
function adOf(count: number, ...strings: string[]): string {
  return written(false, (message) => {
    message.int(count);
    for (const string of strings) message.string(string);
  });
}

const printed = (hex: string): string =>
  read(hex, false, (message) => printClassAd(message.ad(), 'old'));

describe('a message', () => {
  test('has the bytes that HTCondor would send', () => {
    const rows: readonly [boolean, (message: MessageWriter) => void, string][] = [
      [false, (m) => m.int(60010), '000000000000ea6a'],
      [false, (m) => m.int(-63), 'ffffffffffffffc1'],
      [false, (m) => m.int(2 ** 40), '0000010000000000'],
      [false, (m) => m.string('abc'), '61626300'],
      [true, (m) => m.string('abc'), '000000000000000461626300'],
      [true, (m) => m.string(''), '000000000000000100'],
      [false, (m) => m.double(0), '00000000000000000000000000000000'],
      // 0.5 is 0.5 × 2^0, and 0.5 × 2147483647 is cut to 1073741823.
      [false, (m) => m.double(0.5), '000000003fffffff0000000000000000'],
      [false, (m) => m.double(-4), 'ffffffffc00000010000000000000003'],
      [false, (m) => m.ad(new ClassAd()), '00000000000000000000'],
    ];
    for (const [encrypted, write, hex] of rows) assert.equal(written(encrypted, write), hex);
  });

  test('brings integers and strings as they were', () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(long, fc.maxSafeInteger(), text, (big, small, string) => {
        const values = throughWire(
          (message) => message.int(big).int(small).string(string).int(big),
          (message) => [message.bigint(), message.int(), message.string(), message.bigint()],
        );
        assert.deepEqual(values, [big, small, string, big]);
      }),
    );
  });

  test('brings a double with 31 bits of its fraction', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const came = throughWire(
          (m) => m.double(value),
          (m) => m.double(),
        );
        const tolerance = Math.max(Math.abs(value) * 2 ** -29, Number.MIN_VALUE);
        assert.ok(Math.abs(came - value) <= tolerance, `${value} came as ${came}`);
      }),
    );
  });

  test('does not take what cannot be sent', () => {
    const writes: ((message: MessageWriter) => void)[] = [
      (m) => m.int(0.5),
      (m) => m.int(2 ** 60),
      (m) => m.int(2n ** 63n),
      (m) => m.double(NaN),
      (m) => m.double(Infinity),
      (m) => m.string('a\0b'),
    ];
    for (const write of writes) assert.throws(() => written(false, write), RangeError);
  });

  const wrong: readonly [string, boolean, string, (message: MessageReader) => unknown][] = [
    ['an integer of 7 bytes', false, '00000000000000', (m) => m.int()],
    ['an integer too great for a number', false, '7fffffffffffffff', (m) => m.int()],
    ['a string without an end', false, '616263', (m) => m.string()],
    ['a string of no length', true, '0000000000000000', (m) => m.string()],
    ['a string longer than the message', true, '00000000000000056162', (m) => m.string()],
    ['a string of a negative length', true, 'ffffffffffffffff00', (m) => m.string()],
    [
      'a string whose length leaves its NUL out',
      true,
      '000000000000000261620000',
      (m) => m.string(),
    ],
    ['a double with a wild exponent', false, '000000003fffffff00000000ffffffff', (m) => m.double()],
    ['more bytes than there are', false, '00', (m) => m.bytes(2)],
    ['fewer bytes than none', false, 'ffffffffffffffff', (m) => m.bytes(m.int())],
    ['an ad of -1 attributes', false, 'ffffffffffffffff0000', (m) => m.ad()],
    [
      'an ad of more attributes than bytes',
      false,
      adOf(1_000_000_000, 'A = 1', '', ''),
      (m) => m.ad(),
    ],
    ['an ad with an attribute too few', false, adOf(2, 'A = 1', '', ''), (m) => m.ad()],
    ['an ad that ends with a marker', false, adOf(1, 'ZKM'), (m) => m.ad()],
    ['an ad with a line that has no name', false, adOf(1, '= 1', '', ''), (m) => m.ad()],
  ];
  for (const [what, encrypted, hex, how] of wrong) {
    test(`${what} is refused`, () => assert.throws(() => read(hex, encrypted, how), WireTrouble));
  }

  test('a string that is not there is an empty one', () => {
    assert.equal(
      read('ad00', false, (m) => m.string()),
      '',
    );
    assert.equal(
      read('0000000000000002ad00', true, (m) => m.string()),
      '',
    );
  });
});

describe('an ad on the wire', () => {
  const AD = [
    'A = 1 + 1',
    "B = 'odd name'",
    'S = "a \\"b\\" \\n\\x \u00e9"',
    'L = { 1,"x",[ a = 1; b = "y" ] }',
    'C = ClaimId =?= undefined || TARGET.x > 1.5',
  ].join('\n');

  test('comes as it was sent', () => {
    const ad = parseClassAd(AD);
    assert.ok(ad.ok);
    const came = throughWire(
      (m) => m.ad(ad.value),
      (m) => printClassAd(m.ad(), 'old'),
    );
    assert.equal(came, printClassAd(ad.value, 'old'));
  });

  test('brings any text, and nothing of it becomes another attribute', () => {
    const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(text, (value) => {
        const ad = new ClassAd()
          .set('A', stringValue(`x\nB = 1\r\n${value}`))
          .set('Z', stringValue(value));
        const [names, a, z] = throughWire(
          (m) => m.ad(ad),
          (m) => {
            const came = m.ad();
            return [came.names(), came.string('A'), came.string('Z')];
          },
        );
        assert.deepEqual([names, a, z], [['A', 'Z'], `x\nB = 1\r\n${value}`, value]);
      }),
    );
  });

  test('loses a NUL, which the wire cannot carry, and nothing else', () => {
    const ad = new ClassAd().set('A', stringValue('a\0b')).set('B', stringValue('c'));
    const came = throughWire(
      (m) => m.ad(ad),
      (m) => printClassAd(m.ad(), 'old'),
    );
    assert.equal(came, 'A = "a\ufffdb"\nB = "c"\n');
  });

  test('may have a line break in a string, which HTCondor sends as it is', () => {
    const ad = read(adOf(1, 'A = "one\nB = 2"', '', ''), false, (m) => m.ad());
    assert.deepEqual([ad.names(), ad.string('A')], [['A'], 'one\nB = 2']);
  });

  test('may mark secrets, anywhere', () => {
    const ad = adOf(3, 'ZKM', 'ClaimId = "a#b"', 'B = 2', 'ZKM', 'C = 3', '', '');
    assert.equal(printed(ad), 'ClaimId = "a#b"\nB = 2\nC = 3\n');
  });

  test('may have its types behind it, as old peers send them', () => {
    assert.equal(printed(adOf(1, 'A = 1', 'Job', '(unknown type)')), 'A = 1\nMyType = "Job"\n');
    assert.equal(printed(adOf(1, 'MyType = "X"', 'Job', '')), 'MyType = "X"\n');
  });

  test('an attribute that is no expression is named, its value is not', () => {
    assert.throws(
      () => read(adOf(1, 'ClaimId = "secret" secret secret', '', ''), false, (m) => m.ad()),
      (error: Error) => {
        assert.ok(error instanceof WireTrouble);
        assert.match(error.message, /"ClaimId"/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });

  test('a deep expression is refused, not followed into the ground', () => {
    const line = `A = ${'('.repeat(500_000)}`;
    assert.throws(() => read(adOf(1, line, '', ''), false, (m) => m.ad()), WireTrouble);
  });

  test('whatever bytes come, they are read or refused', () => {
    const anything = fc.uint8Array({ maxLength: 200 });
    const like = fc
      .tuple(
        fc.nat(5),
        fc.array(fc.string({ unit: 'binary' }).map((s) => `A=${s.replaceAll('\0', '')}`)),
      )
      .map(([count, lines]) => Buffer.from(adOf(count, ...lines, '', ''), 'hex'));
    fc.assert(
      fc.property(fc.oneof(anything, like), fc.boolean(), (bytes, encrypted) => {
        const message = new MessageBody(Buffer.from(bytes), encrypted);
        try {
          message.ad();
        } catch (thrown) {
          assert.ok(thrown instanceof WireTrouble, String(thrown));
        }
      }),
    );
  });
});
