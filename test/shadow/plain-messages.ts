/**
 * Messages of an encrypted CEDAR connection as plain bytes, written and read by the rules of the
 * wire: for peers that tests play.
 */
import assert from 'node:assert/strict';
import type { MessageReader, MessageWriter } from '../../src/condor/cedar/types';
import { ClassAd, parseExpression, printExpression } from '../../src/condor/classad';
import { fromBytes, toBytes } from '../../src/byte-text';

/** The bytes of a message. */
export function writeMessage(write: (message: MessageWriter) => void): Buffer {
  const parts: Buffer[] = [];
  const message: MessageWriter = {
    int(value) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt(value));
      parts.push(bytes);
      return message;
    },
    double() {
      throw new Error('no call of a starter has a double');
    },
    string(value) {
      assert.ok(!value.includes('\0'), 'a string on the wire has a NUL');
      const bytes = Buffer.from(toBytes(value));
      message.int(bytes.length + 1);
      parts.push(bytes, Buffer.alloc(1));
      return message;
    },
    bytes(value) {
      parts.push(value);
      return message;
    },
    ad(ad) {
      const entries = [...ad.entries()];
      message.int(entries.length);
      for (const [name, value] of entries) {
        message.string(`${name} = ${printExpression(value, 'old')}`);
      }
      return message.string('').string('');
    },
  };
  write(message);
  return Buffer.concat(parts);
}

/** A reader of a message's bytes; what is not there throws. */
export function messageReader(bytes: Buffer): MessageReader {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length < 0 || at + length > bytes.length) throw new Error('the message is too short');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const message: MessageReader = {
    int: () => Number(take(8).readBigInt64BE()),
    bigint: () => take(8).readBigInt64BE(),
    double: () => {
      throw new Error('no call of a starter has a double');
    },
    string: () => fromBytes(take(message.int()).subarray(0, -1)),
    bytes: take,
    ad() {
      const ad = new ClassAd();
      for (let left = message.int(); left > 0; left -= 1) {
        const [, name, text] = /^([^ =]+) = (.*)$/s.exec(message.string()) ?? [];
        const expression = parseExpression(text ?? '', 'old');
        if (name === undefined || !expression.ok) throw new Error('no attribute');
        ad.set(name, expression.value);
      }
      message.string();
      message.string();
      return ad;
    },
    get left() {
      return bytes.length - at;
    },
  };
  return message;
}
