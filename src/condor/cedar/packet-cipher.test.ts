import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { deriveSessionKey, type DirectionState, PacketCipher } from './packet-cipher';
import { WireTrouble } from './wire-trouble';

const KEY = randomBytes(32);
const NONE = Buffer.alloc(0);

function cipher(send: DirectionState, receive: DirectionState = send): PacketCipher {
  return new PacketCipher(createSecretKey(KEY), send, receive);
}

function sealed(by: PacketCipher, text: string): Buffer {
  return Buffer.concat(by.seal(true, Buffer.from(text)));
}

describe('packets encrypted', () => {
  test('count in the first four bytes of the IV, and go on at 0 after the greatest number', () => {
    const iv = Buffer.from('fffffffe0102030405060708090a0b0c', 'hex');
    const sender = cipher({ count: 3, iv, digests: NONE });
    const own = Buffer.from('000000010102030405060708090a0b0c', 'hex');
    const expected = createCipheriv('aes-256-gcm', KEY, own);
    const header = Buffer.from([1, 0, 0, 0, 19]);
    expected.setAAD(header);
    const text = expected.update('abc');
    expected.final();
    const frame = Buffer.concat([header, text, expected.getAuthTag()]);
    assert.equal(sealed(sender, 'abc').toString('hex'), frame.toString('hex'));
  });

  test('are no more than 2^32 in a direction', () => {
    const iv = randomBytes(16);
    const [sender, receiver] = [1, 2].map(() => cipher({ count: 2 ** 32 - 1, iv, digests: NONE }));
    const frame = sealed(sender!, 'last');
    assert.equal(receiver!.open({ last: true, frame }).toString(), 'last');
    assert.throws(() => sender!.seal(true, NONE), WireTrouble);
    assert.throws(() => receiver!.open({ last: true, frame }), WireTrouble);
  });

  test('bring their IV first, and vouch for what was said in clear', () => {
    const sender = cipher({ count: 0, iv: undefined, digests: Buffer.alloc(64, 1) });
    const [first, second] = [sealed(sender, 'first'), sealed(sender, 'second')];
    assert.deepEqual([first.length, second.length], [5 + 16 + 5 + 16, 5 + 6 + 16]);
    const open = (digests: Buffer, ...frames: Buffer[]): string[] => {
      const receiver = cipher({ count: 0, iv: undefined, digests });
      return frames.map((frame) => receiver.open({ last: true, frame }).toString());
    };
    assert.deepEqual(open(Buffer.alloc(64, 1), first, second), ['first', 'second']);
    assert.throws(() => open(Buffer.alloc(64, 2), first), /authentication/);
    assert.throws(() => open(Buffer.alloc(64, 1), second), WireTrouble);
  });

  test('have IVs of their own on every connection', () => {
    const fresh = () => cipher({ count: 0, iv: undefined, digests: Buffer.alloc(64) });
    assert.notDeepEqual(sealed(fresh(), 'x').subarray(5, 21), sealed(fresh(), 'x').subarray(5, 21));
  });

  test('are refused with any bit changed, the header included', () => {
    const iv = randomBytes(16);
    const frame = sealed(cipher({ count: 1, iv, digests: NONE }), 'abc');
    for (let bit = 0; bit < 8 * frame.length; bit += 1) {
      const changed = Buffer.from(frame);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const receiver = cipher({ count: 1, iv, digests: NONE });
      assert.throws(() => receiver.open({ last: true, frame: changed }), WireTrouble);
    }
  });

  test('are refused when they are too short for a tag', () => {
    for (const [count, length] of [
      [0, 36],
      [1, 20],
    ] as const) {
      const receiver = cipher({ count, iv: randomBytes(16), digests: NONE });
      const frame = Buffer.alloc(length);
      assert.throws(() => receiver.open({ last: true, frame }), /no encrypted packet/);
    }
  });
});

test('a session key is not in what a key object shows', () => {
  const shown = inspect(deriveSessionKey('0123456789abcdef'), { depth: 9, showHidden: true });
  assert.match(shown, /KeyObject/);
  const key = deriveSessionKey('0123456789abcdef').export().toString('hex');
  assert.ok(!shown.includes(key.slice(0, 4)) && !shown.includes('0123456789abcdef'));
});
