import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseSinful, printSinful, sinfulParameter, sinfulTargets } from './sinful';

function read(text: string) {
  const sinful = parseSinful(text);
  assert.ok(sinful.ok, JSON.stringify(sinful));
  return sinful.value;
}

describe('a sinful string', () => {
  const rows: readonly (readonly [why: string, text: string])[] = [
    [
      'of a startd behind the shared port',
      '<127.0.0.1:9718?addrs=127.0.0.1-9718&alias=localhost&noUDP&sock=startd_42315_c6eb>',
    ],
    ['with no parameters', '<192.0.2.1:9618>'],
    ['with a name for a host', '<node.example.org:9618?noUDP>'],
    ['of IPv6', '<[2001:db8::1]:9618?addrs=192.0.2.1-9618+[2001-db8--1]-9618>'],
    [
      'behind CCB',
      '<192.0.2.1:9618?CCBID=192.0.2.2:9618%3faddrs%3d192.0.2.2-9618#7&PrivNet=cluster.example>',
    ],
    ['with an empty value', '<192.0.2.1:9618?alias=>'],
  ];
  for (const [why, text] of rows) {
    test(`${why} is printed as it was read`, () => assert.equal(printSinful(read(text)), text));
  }

  test('is read into its parts', () => {
    const sinful = read('<[2001:db8::1]:9618?alias=a%20b&noUDP;sock=x>');
    assert.deepEqual(
      [sinful.host, sinful.port, [...sinful.parameters]],
      [
        '2001:db8::1',
        9618,
        [
          ['alias', 'a b'],
          ['noUDP', null],
          ['sock', 'x'],
        ],
      ],
    );
    assert.equal(sinfulParameter(sinful, 'sock'), 'x');
    assert.equal(sinfulParameter(sinful, 'noUDP'), undefined);
    assert.equal(sinfulParameter(sinful, 'CCBID'), undefined);
  });

  test('names where to connect to, each place once', () => {
    const addrs = '192.0.2.1-9618+[2001-db8--1]-9618+192.0.2.7-1+nonsense';
    assert.deepEqual(sinfulTargets(read(`<192.0.2.1:9618?addrs=${addrs}>`)), [
      { host: '192.0.2.1', port: 9618 },
      { host: '2001:db8::1', port: 9618 },
      { host: '192.0.2.7', port: 1 },
    ]);
  });

  const wrong = [
    '',
    '127.0.0.1:9618',
    '<127.0.0.1>',
    '<:9618>',
    '<127.0.0.1:65536>',
    '<127.0.0.1:-1>',
    '<2001:db8::1:9618>',
    '<[]:1>',
    '<a:1?x=%zz>',
    '<a:1?x=%4>',
    '<a:1?=x>',
    '<a:1>\n',
    '<a:1?b=<c>>',
    `<a:1?x=${'y'.repeat(20_000)}>`,
  ];
  for (const text of wrong) {
    test(`${JSON.stringify(text.slice(0, 40))} is none`, () => {
      const sinful = parseSinful(text);
      assert.ok(!sinful.ok && sinful.error.length < 500);
    });
  }

  test('is the same when it is printed and read again, whatever its parameters hold', () => {
    const text = fc.string({ unit: 'binary' });
    const name = fc.string({ unit: 'binary', minLength: 1 });
    const parameters = fc.array(fc.tuple(name, fc.option(text)), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.ipV6(),
        fc.boolean(),
        fc.nat(65_535),
        parameters,
        (v4, v6, is6, port, list) => {
          const sinful = { host: is6 ? v6 : v4, port, parameters: new Map(list) };
          const printed = printSinful(sinful);
          assert.deepEqual(read(printed), sinful);
          assert.equal(printSinful(read(printed)), printed);
        },
      ),
    );
  });

  test('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void parseSinful(`<a:1?${text}>`)),
    );
  });
});
