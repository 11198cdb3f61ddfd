/**
 * The recorded packets, opened and made again: the same bytes, or our encryption is not theirs.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageBody } from '../../src/condor/cedar/message-reader';
import { deriveSessionKey, PacketCipher } from '../../src/condor/cedar/packet-cipher';
import { HEADER_SIZE, type Packet, PacketReader } from '../../src/condor/cedar/packets';
import { PlaintextDigests } from '../../src/condor/cedar/plaintext-digests';
import {
  bytesOf,
  fromHex,
  type Piece,
  recordedCipher,
  type RecordedConnection,
  recording,
  recordings,
} from './support/fixtures';

/** Packets of one direction, joined to the payloads of messages. */
function messagesOf(frames: readonly Piece[], open: (packet: Packet, piece: Piece) => Buffer) {
  const parts = { send: [] as Buffer[], recv: [] as Buffer[] };
  const messages: Piece[] = [];
  for (const piece of frames) {
    const frame = fromHex(piece.hex);
    const packet = { frame, last: frame[0] === 1 };
    parts[piece.dir].push(open(packet, piece));
    if (!packet.last) continue;
    messages.push({ dir: piece.dir, hex: Buffer.concat(parts[piece.dir]).toString('hex') });
    parts[piece.dir] = [];
  }
  return messages;
}

/** Which frames are in clear, but for the request to the shared port daemon, and which are not. */
function partsOf({ role, frames, messages }: RecordedConnection) {
  if (role === 'inherited') return { clear: [], encrypted: frames, messages };
  const start = role === 'client' ? 1 : 0;
  const replied = frames[start + 1]!.dir !== frames[start]!.dir;
  const end = start + (replied ? 2 : 1);
  return {
    clear: frames.slice(start, end),
    encrypted: frames.slice(end),
    messages: messages.slice(end),
  };
}

/** The cipher of one end, made as that end makes it; `sendIv`: which IV it had chosen. */
function cipherOf(connection: RecordedConnection, end: 'starter' | 'peer'): PacketCipher {
  if (connection.role === 'inherited') return recordedCipher(connection.initialState, end);
  const own = end === 'starter' ? 'send' : 'recv';
  const { clear, encrypted } = partsOf(connection);
  const digests = new PlaintextDigests();
  for (const { dir, hex } of clear) {
    if (dir === own) digests.addSent(fromHex(hex));
    else digests.addReceived(fromHex(hex));
  }
  const { send, receive } = digests.finish();
  const first = encrypted.find(({ dir }) => dir === own);
  const iv = first && fromHex(first.hex).subarray(HEADER_SIZE, HEADER_SIZE + 16);
  return new PacketCipher(
    deriveSessionKey(connection.secret),
    { count: 0, iv, digests: send },
    { count: 0, iv: undefined, digests: receive },
  );
}

for (const connection of recordings) {
  describe(connection.name, () => {
    const { encrypted, messages } = partsOf(connection);

    test('what both sides sent can be opened, and says what was recorded', () => {
      const [starter, peer] = [cipherOf(connection, 'starter'), cipherOf(connection, 'peer')];
      const opened = messagesOf(encrypted, (packet, { dir }) =>
        (dir === 'recv' ? starter : peer).open(packet),
      );
      // A recording may have been cut off within a message.
      assert.deepEqual(opened, messages.slice(0, opened.length));
      assert.ok(opened.length >= messages.length - 1 && opened.length > 0);
    });

    test('the same packets come out when the messages are encrypted again', () => {
      const opener = { send: cipherOf(connection, 'peer'), recv: cipherOf(connection, 'starter') };
      const sealer = { send: cipherOf(connection, 'starter'), recv: cipherOf(connection, 'peer') };
      for (const { dir, hex } of encrypted) {
        const frame = fromHex(hex);
        const payload = opener[dir].open({ frame, last: frame[0] === 1 });
        const sealed = Buffer.concat(sealer[dir].seal(frame[0] === 1, payload));
        assert.equal(sealed.toString('hex'), hex);
      }
    });
  });
}

describe('recorded messages', () => {
  for (const version of ['23.9.6-missing-output', '25.14.1-normal']) {
    test(`the job's ad of ${version} is read`, () => {
      const { messages } = recording(`wire-${version} shadow`);
      const reply = new MessageBody(fromHex(messages[1]!.hex), true);
      assert.equal(reply.int(), 0);
      const ad = reply.ad();
      assert.equal(reply.left, 0);
      assert.ok(ad.size > 100);
      assert.equal(ad.integer('ProcId'), 0);
      assert.ok(ad.integer('ClusterId')! > 0);
      assert.match(ad.string('TransferKey')!, /^1#[0-9a-f]+$/);
      assert.equal(ad.string('MyType'), 'Job');
    });
  }

  test('packets come out the same wherever their bytes are cut', () => {
    const frames = bytesOf(recording('wire-23.9.6-missing-output alive').frames);
    const stream = Buffer.concat(frames);
    for (let at = 0; at <= stream.length; at += 1) {
      const reader = new PacketReader();
      const read: string[] = [];
      for (const chunk of [stream.subarray(0, at), stream.subarray(at)]) {
        reader.feed(chunk);
        for (let p = reader.next(); p !== undefined; p = reader.next()) {
          read.push(p.frame.toString('hex'));
        }
      }
      assert.deepEqual(
        read,
        frames.map((frame) => frame.toString('hex')),
      );
      assert.equal(reader.held, 0);
    }
  });
});
