/** Whatever a peer sends: an error, and never a hang, a crash or memory without end. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CommandServer } from '../../src/condor/cedar';
import { CedarSocket } from '../../src/condor/cedar/connection';
import { bytesOf, recordedCipher, recording } from './support/fixtures';
import { errorOf, socketPair } from './support/sockets';

/** What is done to a stream of bytes. */
interface Mutation {
  readonly at: number;
  readonly drop: number;
  readonly insert: Uint8Array;
}

const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    drop: fc.nat(12),
    insert: fc.uint8Array({ maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const pieces = fc.array(fc.nat(3000), { maxLength: 4 });

function mutated(stream: Buffer, list: readonly Mutation[]): Buffer {
  return list.reduce((bytes, { at, drop, insert }) => {
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + drop)]);
  }, stream);
}

/** Says bytes in pieces, and hangs up. */
async function say(socket: net.Socket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  let at = 0;
  for (const length of cuts) {
    socket.write(bytes.subarray(at, at + length));
    at += length;
    await new Promise(setImmediate);
  }
  socket.end(bytes.subarray(at));
}

describe('a hostile peer', () => {
  test('that changes what an encrypted connection carries is an error of the protocol', async (t) => {
    const { frames, initialState } = recording('wire-25.14.1-normal shadow');
    const stream = Buffer.concat(bytesOf(frames, 'recv'));
    await fc.assert(
      fc.asyncProperty(mutations, pieces, async (list, cuts) => {
        const bytes = mutated(stream, list);
        if (bytes.equals(stream)) return;
        const [near, peer] = await socketPair(t);
        const connection = new CedarSocket(near, '<peer>', recordedCipher(initialState, 'starter'));
        void say(peer, bytes, cuts);
        let came = Buffer.alloc(0);
        for (;;) {
          const message = await connection.receive((m) => Buffer.from(m.bytes(m.left)));
          if (!message.ok) break;
          came = Buffer.concat([came, message.value]);
        }
        assert.ok(stream.length >= came.length);
        await connection.ended;
      }),
      { numRuns: 150 },
    );
  });

  test('that says anything in clear is read, refused or gone', async (t) => {
    const { frames } = recording('wire-23.9.6-missing-output alive');
    const [reply] = bytesOf(frames, 'recv');
    const stream = Buffer.concat([reply!, reply!, reply!]);
    const anything = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
    const like = mutations.map((list) => mutated(stream, list));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, like), pieces, async (bytes, cuts) => {
        const [near, peer] = await socketPair(t);
        const connection = new CedarSocket(near, '<peer>');
        void say(peer, bytes, cuts);
        for (;;) {
          const message = await connection.receive((m) => m.ad());
          if (!message.ok) break;
        }
        await connection.ended;
      }),
      { numRuns: 150 },
    );
  });

  test('that asks for a command in any words gets none', async (t) => {
    const { frames, secret } = recording('wire-25.14.1-server cmd46423');
    const session = { id: '079b0f69d36b06c8a2d0485206c68e26238910cb5b3b853d', key: secret };
    const stream = Buffer.concat(bytesOf(frames));
    const anything = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
    const like = mutations.map((list) => mutated(stream, list));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, like), pieces, async (bytes, cuts) => {
        const [near, peer] = await socketPair(t);
        const ended = new Promise<number | undefined>((resolve) => {
          new CommandServer({
            version: '',
            findSession: (id) => (id === session.id ? session : undefined),
            mayUse: () => true,
            handle: (connection) => {
              void connection
                .receive((message) => message.int())
                .then((signal) => {
                  connection.destroy();
                  resolve(signal.ok ? signal.value : undefined);
                });
            },
            onRefused: () => resolve(undefined),
          }).accept(near);
        });
        void say(peer, bytes, cuts);
        // A change may be one behind the command; then it is the command that was recorded.
        const intact = bytes.subarray(0, stream.length).equals(stream);
        assert.equal(await ended, intact ? 100 : undefined);
      }),
      { numRuns: 150 },
    );
  });

  test('that sends a message of a million packets makes us hold no more than its bytes', async (t) => {
    const [near, peer] = await socketPair(t);
    const connection = new CedarSocket(near, '<peer>');
    const packets = Buffer.alloc(6 * 10_000, Buffer.from([0, 0, 0, 0, 1, 65]));
    const limit = 1_000_000;
    const receiving = connection.receive(() => assert.fail(), { limit });
    const before = process.memoryUsage().rss;
    for (let count = 0; count < 110 && !peer.destroyed; count += 1) {
      if (!peer.write(packets))
        await new Promise((resolve) => peer.once('drain', resolve).once('close', resolve));
    }
    assert.equal(errorOf(await receiving).kind, 'protocol');
    assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  });
});
