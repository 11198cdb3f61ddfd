/** Connections over real sockets: what is sent arrives, and what a peer may do to them. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { parseClassAd, printClassAd } from '../../src/condor/classad';
import { CedarSocket } from '../../src/condor/cedar/connection';
import { deriveSessionKey } from '../../src/condor/cedar/packet-cipher';
import { PacketReader } from '../../src/condor/cedar/packets';
import { WireTrouble } from '../../src/condor/cedar';
import { bytesOf, recordedCipher, recording } from './support/fixtures';
import { errorOf, readBytes, socketPair, valueOf } from './support/sockets';

const KEY = 'a key that two processes know';

/** Two connections that speak with each other. */
async function connectionPair(
  t: TestContext,
  encrypted: boolean,
): Promise<[CedarSocket, CedarSocket]> {
  const sockets = await socketPair(t);
  const [near, far] = sockets.map((socket) => new CedarSocket(socket, '<peer>'));
  if (encrypted) [near, far].forEach((one) => one!.encrypt(deriveSessionKey(KEY)));
  return [near!, far!];
}

/** A connection, and the bare socket of its peer. */
async function withRawPeer(t: TestContext): Promise<[CedarSocket, net.Socket]> {
  const [near, far] = await socketPair(t);
  return [new CedarSocket(near, '<peer>'), far];
}

function packet(last: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string);
  const header = Buffer.from([last, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

const AD =
  'Cmd = "/bin/true"\nOwner = "jos\u00e9 \udc80"\nRequestCpus = 1 + 1\nR = MY.x =?= undefined\n';

for (const encrypted of [false, true]) {
  describe(encrypted ? 'an encrypted connection' : 'a connection in clear', () => {
    test('carries values of every kind', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      const ad = valueOf(parseClassAd(AD));
      const sent = near.send((message) =>
        message
          .int(-63)
          .int(2n ** 63n - 1n)
          .int(2 ** 52 + 1)
          .string('')
          .string('é\udcff')
          .double(-0.375)
          .ad(ad)
          .bytes(Buffer.from('raw')),
      );
      const received = await far.receive((message) => [
        message.int(),
        message.bigint(),
        message.int(),
        message.string(),
        message.string(),
        message.double(),
        printClassAd(message.ad(), 'old'),
        message.bytes(3).toString(),
      ]);
      valueOf(await sent);
      const values = [-63, 2n ** 63n - 1n, 2 ** 52 + 1, '', 'é\udcff', -0.375, AD, 'raw'];
      assert.deepEqual(valueOf(received), values.with(5, valueOf(received)[5]!));
      assert.ok(Math.abs((valueOf(received)[5] as number) + 0.375) < 1e-9);
    });

    test('keeps the order of sends that do not wait for each other', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      const big = randomBytes(900_000);
      const sends = [
        near.send((message) => message.int(1)),
        near.sendBytes(big),
        near.send((message) => message.int(2)),
      ];
      assert.equal(valueOf(await far.receive((message) => message.int())), 1);
      const came = valueOf(
        await far.receive((message) => Buffer.from(message.bytes(message.left))),
      );
      assert.ok(came.equals(big));
      assert.equal(valueOf(await far.receive((message) => message.int())), 2);
      for (const send of sends) valueOf(await send);
    });

    test('carries megabytes to a slow taker without holding them', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      const size = 24 * 1024 * 1024;
      const data = Buffer.alloc(size, randomBytes(1024));
      let done = false;
      const sending = near.sendBytes(data).then((result) => {
        done = true;
        return result;
      });
      await sleep(200);
      assert.equal(done, false, 'the sender waits while nobody receives');
      const hash = createHash('sha256');
      const received = await far.receiveBytes(size, async (piece) => {
        assert.ok(piece.length <= 1024 * 1024);
        hash.update(piece);
        if (Math.random() < 0.1) await sleep(1);
      });
      valueOf(received);
      valueOf(await sending);
      assert.ok(hash.digest().equals(createHash('sha256').update(data).digest()));
    });

    test('sends nothing for an empty message, and waits for none', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      valueOf(await near.send(() => undefined));
      valueOf(await near.send((message) => message.int(5)));
      valueOf(await far.receiveBytes(0, () => assert.fail()));
      assert.equal(valueOf(await far.receive((message) => message.int())), 5);
    });

    const wrong: readonly [string, number, RegExp][] = [
      ['longer', 9, /another length/],
      ['shorter', 11, /another length/],
    ];
    for (const [how, length, words] of wrong) {
      test(`does not take raw bytes from a message that is ${how} than agreed`, async (t) => {
        const [near, far] = await connectionPair(t, encrypted);
        void near.sendBytes(Buffer.alloc(10));
        const error = errorOf(await far.receiveBytes(length, () => undefined));
        assert.equal(error.kind, 'protocol');
        assert.match(error.reason, words);
      });
    }

    test('does not take a message that is not used up, and is closed then', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      void near.send((message) => message.int(1).int(2));
      const error = errorOf(await far.receive((message) => message.int()));
      assert.deepEqual([error.kind, error.peer], ['protocol', '<peer>']);
      assert.match(error.reason, /found 8 more bytes/);
      assert.equal((await far.ended).kind, 'protocol');
      assert.equal((await near.ended).kind, 'gone');
    });

    test('a message beyond its limit is refused; one of just that length is not', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      void near.sendBytes(Buffer.alloc(600_000));
      void near.sendBytes(Buffer.alloc(600_001));
      const all = { limit: 600_000 };
      valueOf(await far.receive((message) => message.bytes(600_000).length, all));
      const error = errorOf(await far.receive(() => assert.fail(), all));
      assert.equal(error.kind, 'protocol');
    });

    test('a reader that does not like what came makes it an error of the protocol', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      void near.send((message) => message.int(1));
      const error = errorOf(
        await far.receive((message) => {
          throw new WireTrouble(`Expected 2, found ${message.int()}`);
        }),
      );
      assert.deepEqual(error, { kind: 'protocol', peer: '<peer>', reason: 'Expected 2, found 1' });
    });

    test("what was sent before the peer's end can still be received", async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      await near.send((message) => message.int(7));
      near.close();
      assert.match((await far.ended).reason, /closed/);
      assert.equal(valueOf(await far.receive((message) => message.int())), 7);
      assert.equal(errorOf(await far.receive((message) => message.int())).kind, 'gone');
      assert.equal(errorOf(await far.send((message) => message.int(1))).kind, 'gone');
    });

    test('everything sent before a close arrives, though the peer takes its time', async (t) => {
      const [near, far] = await connectionPair(t, encrypted);
      const size = 12 * 1024 * 1024;
      const sending = near.sendBytes(Buffer.alloc(size, 1));
      near.close();
      await sleep(50);
      let length = 0;
      valueOf(await far.receiveBytes(size, (piece) => void (length += piece.length)));
      assert.equal(length, size);
      valueOf(await sending);
    });
  });
}

describe('a connection', () => {
  const bad: readonly [string, Buffer][] = [
    ['of length 0', Buffer.from([1, 0, 0, 0, 0])],
    ['above 1 MiB', Buffer.from([1, 0, 0x10, 0, 1])],
    ['with a flag that is none', Buffer.from([2, 0, 0, 0, 1, 0])],
    ['of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ];
  for (const [what, bytes] of bad) {
    test(`does not take a packet ${what}`, async (t) => {
      const [near, peer] = await withRawPeer(t);
      peer.write(bytes);
      const error = errorOf(await near.receive((message) => message.int(), { timeout: 10 }));
      assert.equal(error.kind, 'protocol');
      assert.match(error.reason, /header of a packet/);
    });
  }

  test('notices an end in the middle of a message', async (t) => {
    const [near, peer] = await withRawPeer(t);
    peer.end(packet(1, Buffer.alloc(8)).subarray(0, 10));
    assert.equal(errorOf(await near.receive((message) => message.int())).kind, 'gone');
  });

  test('lets the last words of a peer be received that hung up on what was sent', async (t) => {
    const [near, peer] = await withRawPeer(t);
    peer.pause();
    const sending = near.sendBytes(Buffer.alloc(16 * 1024 * 1024));
    await new Promise<void>((resolve) => peer.write(packet(1, 'last words'), () => resolve()));
    await sleep(50);
    peer.resetAndDestroy();
    assert.equal(errorOf(await sending).kind, 'gone');
    const words = await near.receive((message) => message.bytes(10).toString());
    assert.equal(valueOf(words), 'last words');
    assert.equal(errorOf(await near.receive((message) => message.int())).kind, 'gone');
  });

  test('notices the end of a peer while nobody receives', async (t) => {
    const [near, peer] = await withRawPeer(t);
    peer.end();
    const { kind, reason } = await near.ended;
    assert.deepEqual([kind, reason], ['gone', 'The peer closed the connection']);
  });

  test('notices a reset while nobody receives', async (t) => {
    const [near, peer] = await withRawPeer(t);
    peer.resetAndDestroy();
    assert.equal((await near.ended).kind, 'gone');
  });

  test('counts a peer as gone that is silent for too long', async (t) => {
    const [near, peer] = await withRawPeer(t);
    peer.write(packet(0, 'a'));
    const start = Date.now();
    const error = errorOf(await near.receive((message) => message.int(), { timeout: 0.2 }));
    assert.ok(Date.now() - start >= 190);
    assert.deepEqual([error.kind, error.reason], ['gone', 'The peer was silent for 0.2 seconds']);
    assert.deepEqual(await near.ended, error);
  });

  test('waits for a peer that is slow but not silent', async (t) => {
    const [near, peer] = await withRawPeer(t);
    const receiving = near.receive((message) => message.int(), { timeout: 1.5 });
    for (const byte of packet(1, Buffer.alloc(8))) {
      peer.write(Buffer.from([byte]));
      await sleep(150);
    }
    assert.equal(valueOf(await receiving), 0);
  });

  for (const how of ['close', 'destroy'] as const) {
    test(`ends what is pending when it is ${how}d`, async (t) => {
      const [near, peer] = await withRawPeer(t);
      peer.pause();
      const receiving = near.receive((message) => message.int());
      const sending = near.sendBytes(Buffer.alloc(32 * 1024 * 1024));
      await sleep(50);
      near[how]();
      assert.equal(errorOf(await receiving).kind, 'gone');
      assert.equal((await near.ended).kind, 'gone');
      if (how === 'close') near.destroy();
      assert.equal(errorOf(await sending).kind, 'gone');
      assert.equal(errorOf(await near.receive((message) => message.int())).kind, 'gone');
      assert.equal(errorOf(await near.sendBytes(Buffer.alloc(1))).kind, 'gone');
      near.close();
      near.destroy();
    });
  }

  test('makes a peer wait that sends more than anybody takes', async (t) => {
    const [near, peer] = await withRawPeer(t);
    const block = packet(1, Buffer.alloc(60_000));
    let drained = true;
    let sent = 0;
    for (let idle = 0; idle < 10; idle = drained ? 0 : idle + 1) {
      drained = peer.write(block);
      sent += block.length;
      if (!drained) drained = await Promise.race([drain(peer), sleep(20, false)]);
      assert.ok(sent < 64 * 1024 * 1024, 'the peer was never made to wait');
    }
    assert.equal(valueOf(await near.receive((message) => message.bytes(60_000).length)), 60_000);
  });

  test('a packet that was changed, or comes twice, ends it', async (t) => {
    const { frames, initialState } = recording('wire-23.9.6-missing-output shadow');
    const received = bytesOf(frames, 'recv');
    const changed = Buffer.concat(received.slice(0, 2));
    changed[200]! ^= 1;
    for (const [bytes, messages] of [
      [changed, 0],
      [Buffer.concat([...received.slice(0, 2), received[1]!]), 1],
    ] as const) {
      const [near, peer] = await socketPair(t);
      const connection = new CedarSocket(near, '<peer>', recordedCipher(initialState, 'starter'));
      peer.write(bytes);
      for (let count = 0; count < messages; count += 1) {
        valueOf(await connection.receive((message) => message.bytes(message.left)));
      }
      const error = errorOf(await connection.receive((message) => message.bytes(message.left)));
      assert.equal(error.kind, 'protocol');
      assert.match(error.reason, /authentication/);
    }
  });

  test('an inherited one says just what the recorded one said', async (t) => {
    const { frames, messages, initialState } = recording('wire-25.14.1-normal shadow');
    const [near, peer] = await socketPair(t);
    const connection = new CedarSocket(near, '<peer>', recordedCipher(initialState, 'starter'));
    const expected = Buffer.concat(bytesOf(frames, 'send'));
    const reading = readBytes(peer, expected.length);
    for (const message of bytesOf(messages, 'send')) valueOf(await connection.sendBytes(message));
    assert.ok((await reading).equals(expected));
    peer.write(Buffer.concat(bytesOf(frames, 'recv')));
    for (const message of bytesOf(messages, 'recv')) {
      const came = await connection.receive((reader) => Buffer.from(reader.bytes(reader.left)));
      assert.ok(valueOf(came).equals(message));
    }
  });

  test('a byte in each packet, and a byte in each write, are a message like any other', async (t) => {
    const [near, peer] = await withRawPeer(t);
    const body = Buffer.from('000000000000000561626300', 'hex');
    const stream = Buffer.concat(
      [...body].map((b, i) => packet(i === 11 ? 1 : 0, Buffer.from([b]))),
    );
    peer.setNoDelay(true);
    for (const byte of stream) peer.write(Buffer.from([byte]));
    const read = await near.receive((message) => [message.int(), message.string()]);
    assert.deepEqual(valueOf(read), [5, 'abc']);
  });

  test('two receives at once are a bug, and told so', async (t) => {
    const [near] = await withRawPeer(t);
    void near.receive((message) => message.int());
    await assert.rejects(
      near.receive((message) => message.int()),
      /two receives at once/,
    );
  });
});

describe('fuzzed', () => {
  const read = (bytes: Buffer, pieces: readonly number[]): number => {
    const reader = new PacketReader();
    let taken = 0;
    let at = 0;
    for (const length of [...pieces, bytes.length]) {
      reader.feed(bytes.subarray(at, at + length));
      at = Math.min(bytes.length, at + length);
      try {
        for (let p = reader.next(); p !== undefined; p = reader.next()) taken += p.frame.length;
      } catch (thrown) {
        assert.ok(thrown instanceof WireTrouble);
        return -1;
      }
    }
    assert.equal(taken + reader.held, bytes.length);
    return taken;
  };

  test('packets in any pieces come out whole, or are refused', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat(200), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, cuts, (list, pieces) => {
        const stream = Buffer.concat(list.map((body) => packet(1, Buffer.from(body))));
        assert.equal(read(stream, pieces), stream.length);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, pieces) => {
        read(Buffer.from(bytes), pieces);
      }),
    );
  });
});

async function drain(socket: net.Socket): Promise<boolean> {
  await new Promise((resolve) => socket.once('drain', resolve));
  return true;
}
