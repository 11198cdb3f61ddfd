/** CONDOR_INHERIT and CONDOR_PRIVATE_INHERIT as real startds wrote them, and as nobody should. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseInheritance } from '../../src/condor/startd/inherit';
import { ownAddress } from '../../src/condor/startd/own-address';
import type { Inheritance } from '../../src/condor/startd/types';
import { OWN_PORT_SPAWN, SHARED_PORT_SPAWNS, SPAWNS, type Spawn } from './spawns';

function parse(env: Spawn['env']) {
  return parseInheritance({
    inherit: env.CONDOR_INHERIT,
    privateInherit: env.CONDOR_PRIVATE_INHERIT,
  });
}

function parsed(env: Spawn['env']): Inheritance {
  const inheritance = parse(env);
  assert.ok(inheritance.ok, inheritance.ok ? '' : inheritance.error);
  return inheritance.value;
}

/** The error, after showing that it holds no piece of a key. */
function refusal(env: Spawn['env']): string {
  const inheritance = parse(env);
  assert.ok(!inheritance.ok);
  assert.doesNotMatch(inheritance.error, /[0-9a-f]{16}/i);
  return inheritance.error;
}

/** A recording with a piece of one of its variables replaced. */
function changed(spawn: Spawn, variable: string, from: string | RegExp, to: string): Spawn['env'] {
  const text = spawn.env[variable] ?? '';
  const other = text.replace(from, to);
  assert.notEqual(other, text);
  return { ...spawn.env, [variable]: other };
}

describe('the inheritance of a starter', () => {
  for (const { name, env, parsed: expected } of SHARED_PORT_SPAWNS) {
    test(`${name} is read as an independent reader read it`, () => {
      assert.ok(expected);
      const ours = parsed(env);
      const [startd, shadow] = expected.sockets;
      assert.ok(shadow.crypto);
      assert.deepEqual(ours, {
        parentPid: expected.parentPid,
        parentAddress: expected.parentSinful,
        startd: { descriptor: startd.fd, peer: startd.peer, crypto: undefined, peerVersion: '' },
        shadow: {
          descriptor: shadow.fd,
          peer: shadow.peer,
          peerVersion: shadow.peerVersion.replaceAll('_', ' '),
          crypto: {
            key: Buffer.from(shadow.crypto.keyHex, 'hex'),
            sent: shadow.crypto.ctrEnc,
            received: shadow.crypto.ctrDec,
            sendIv: Buffer.from(shadow.crypto.ivEnc, 'hex'),
            receiveIv: Buffer.from(shadow.crypto.ivDec, 'hex'),
          },
        },
        endpoint: {
          kind: 'shared-port',
          descriptor: expected.sharedPort.fd,
          localName: expected.sharedPort.fullName.split('/')[1],
        },
        parentSession: { id: expected.sessionKey.id, key: expected.sessionKey.key },
        familySession: { id: expected.familySessionKey.id, key: expected.familySessionKey.key },
      });
    });
  }

  test('has sockets of its own for commands where there is no shared port', () => {
    const { endpoint, startd, shadow, parentSession } = parsed(OWN_PORT_SPAWN.env);
    assert.deepEqual(endpoint, { kind: 'tcp', descriptor: 10, udp: 16 });
    assert.deepEqual([startd.descriptor, shadow.descriptor], [15, 9]);
    assert.deepEqual([shadow.crypto?.sent, shadow.crypto?.received], [1, 1]);
    assert.equal(parentSession?.id, '4bfda073f9fa9e48447f28b2280892f7f0bd054b7b46fee8');
  });

  test('may lack keys, and have tokens of a later version', () => {
    const [spawn] = SPAWNS;
    assert.ok(spawn);
    const without = parsed({ CONDOR_INHERIT: spawn.env.CONDOR_INHERIT ?? '' });
    assert.deepEqual([without.parentSession, without.familySession], [undefined, undefined]);
    const env = changed(spawn, 'CONDOR_PRIVATE_INHERIT', 'SessionKey:', 'NewKind:x#y SessionKey:');
    assert.equal(parsed(env).parentSession?.id, spawn.parsed?.sessionKey.id);
  });

  test('without CONDOR_INHERIT there is none', () => {
    assert.match(refusal({}), /CONDOR_INHERIT is not set/);
  });
});

describe('what is refused', () => {
  const [spawn] = SHARED_PORT_SPAWNS as [Spawn];
  const key = spawn.parsed?.sockets[1].crypto?.keyHex.toUpperCase() ?? '';
  const rows: readonly (readonly [what: string, from: string | RegExp, to: string, RegExp])[] = [
    ['a pid that is none', /^\d+/, 'x', /expected the parent's process id/],
    ['an address that is none', /<127.0.0.1:9718/, '127.0.0.1:9718', /expected the parent's addr/],
    ['one connection', / 1 15\*\S+/, '', /expected two connections.*there are 1/],
    ['three connections', / 1 15\*\S+/, '$&$&', /expected two connections.*there are 3/],
    ['a UDP socket as a connection', ' 1 15*', ' 2 15*', /expected connections of type TCP/],
    ['no command socket', /SharedPort:\S+ /, '', /no socket on which to listen/],
    ['a list without end', / 0 SharedPort.*/, '', /is cut off/],
    ['a descriptor that is none', ' 13*', ' -1*', /shadow's socket: field "descriptor"/],
    ['standard output as a socket', ' 15*', ' 1*', /startd's socket: field "descriptor"/],
    ['a key of Blowfish', '*64*3*', '*64*1*', /encrypted with Blowfish; AES must be among/],
    ['a key of an unknown method', '*64*3*', '*64*9*', /a method that is not known here/],
    ['a key and no encryption', '*64*3*1*', '*64*3*0*', /it has a key and encryption is off/],
    ['a short key', key, key.slice(2), /field "key": expected 64 hex digits/],
    ['a key with other letters', key, `${key.slice(1)}x`, /field "key": expected 64 hex/],
    ['a short state', '*0100000002', '*01000002', /"stream state": expected 80 hex digits/],
    ['a connection before its first packet', '*1*1*1*1*64', '*1*1*0*1*64', /no packet was encry/],
    ['a checksum key', /\*0\* 0 SharedPort/, '*4*aabb* 0 SharedPort', /checksums of an older kind/],
    ['a field too many', /\*0\* 0 SharedPort/, '*0*0* 0 SharedPort', /more than the fields/],
    ['a field too few', /\*0\* 0 SharedPort/, '* 0 SharedPort', /"checksum key" is missing/],
    ['a listener that does not listen', '***1**', '***0**', /the socket does not listen/],
    ['a shared port without a name', /SharedPort:[^*]+/, 'SharedPort:', /its name cannot be read/],
  ];
  for (const [what, from, to, message] of rows) {
    test(what, () => assert.match(refusal(changed(spawn, 'CONDOR_INHERIT', from, to)), message));
  }

  const sessions: readonly (readonly [what: string, from: string | RegExp, to: string, RegExp])[] =
    [
      ['a session without AES', 'AES.BLOWFISH.3DES', 'BLOWFISH.3DES', /only BLOWFISH.3DES; AES/],
      ['a session of unknown methods', /CryptoMethods\w*="[^"]*";/g, '', /no method that is known/],
      [
        'a session without protection',
        /Integrity="YES";Encryption="YES"/,
        'Integrity="NO";Encryption="NO"',
        /neither encryption nor integrity/,
      ],
      ['a session without #', /#.*/, '', /expected an id, #, and a key/],
      ['a session without a key', /][0-9a-f]+ /, '] ', /expected a key behind #/],
      ['a policy that is cut off', /"YES";\]?/, '', /SessionKey/],
      ['a session without an id', /SessionKey:\w+#/, 'SessionKey:#', /expected an id/],
    ];
  for (const [what, from, to, message] of sessions) {
    test(what, () => {
      const env = changed(spawn, 'CONDOR_PRIVATE_INHERIT', from, to);
      assert.match(refusal(env), message);
    });
  }
});

describe('whatever the variables hold', () => {
  test('a cut, a changed byte or noise is an inheritance or a sentence without keys', () => {
    const spawn = fc.constantFrom(...SPAWNS);
    const variable = fc.constantFrom('CONDOR_INHERIT', 'CONDOR_PRIVATE_INHERIT');
    const noise = fc.oneof(
      fc.constant(''),
      fc.string({ maxLength: 4 }),
      fc.constantFrom(' ', '*', '#'),
    );
    fc.assert(
      fc.property(spawn, variable, fc.nat(), fc.nat(8), noise, (one, name, at, length, put) => {
        const text = one.env[name] ?? '';
        const start = at % text.length;
        const env = { ...one.env, [name]: text.slice(0, start) + put + text.slice(start + length) };
        if (!parse(env).ok) refusal(env);
      }),
      { numRuns: 2000 },
    );
  });

  test('noise alone is refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (inherit, privateInherit) => {
        assert.equal(parseInheritance({ inherit, privateInherit }).ok, false);
      }),
    );
  });
});

describe('the own address of a starter', () => {
  const rows: readonly (readonly [spawn: Spawn, port: number | undefined, address: string])[] = [
    [
      SHARED_PORT_SPAWNS[0]!,
      undefined,
      '<127.0.0.1:9718?addrs=127.0.0.1-9718&alias=localhost&noUDP&sock=slot1_2_42366_6df4_25>',
    ],
    [
      SHARED_PORT_SPAWNS[1]!,
      undefined,
      '<127.0.0.1:9818?addrs=127.0.0.1-9818&alias=vm&noUDP&sock=slot1_1_182006_7122_2>',
    ],
    [OWN_PORT_SPAWN, 40123, '<127.0.0.1:40123?addrs=127.0.0.1-40123&alias=localhost>'],
  ];
  for (const [spawn, port, address] of rows) {
    test(`is made of its startd's: ${spawn.name}`, () => {
      assert.deepEqual(ownAddress(parsed(spawn.env), port), { ok: true, value: address });
    });
  }

  test('has every address of the host, of IPv6 too, and nothing that is the startd alone', () => {
    const endpoint = { kind: 'tcp', descriptor: 9, udp: undefined } as const;
    const parentAddress =
      '<[2001:db8::7]:9618?CCBID=1&PrivNet=x&addrs=10.0.0.7-9618+[2001-db8--7]-9618&sock=startd_1>';
    assert.deepEqual(ownAddress({ parentAddress, endpoint }, 700), {
      ok: true,
      value: '<[2001:db8::7]:700?addrs=10.0.0.7-700+[2001-db8--7]-700&noUDP>',
    });
  });

  test('cannot be told without a port, or of an address that is none', () => {
    const endpoint = { kind: 'tcp', descriptor: 9, udp: undefined } as const;
    assert.equal(ownAddress({ parentAddress: '<h:1>', endpoint }).ok, false);
    assert.equal(ownAddress({ parentAddress: '<h>', endpoint }, 5).ok, false);
  });
});
