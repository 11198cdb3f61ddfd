import assert from 'node:assert/strict';
import type net from 'node:net';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { PacketSink } from './packet-sink';

/** A socket that takes everything at once, and calls back at once, as the system's may do. */
function greedySocket(taken: Buffer[] = []): net.Socket {
  const write = (chunk: Buffer, _: string, done: () => void): void => {
    taken.push(chunk);
    done();
  };
  return new Writable({ write }) as unknown as net.Socket;
}

function* packets(count: number, size: number): Generator<Buffer[]> {
  for (let index = 0; index < count; index += 1) yield [Buffer.from([index]), Buffer.alloc(size)];
}

describe('a sink of packets', () => {
  test('lets others have their turn, however fast the socket is', async () => {
    let turns = 0;
    let over = false;
    const turn = (): void => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const sink = new PacketSink(greedySocket());
    assert.equal(await sink.write(packets(40, 256 * 1024)), undefined);
    over = true;
    assert.ok(turns >= 7, `${turns} turns`);
  });

  test('writes in the order of calls', async () => {
    const taken: Buffer[] = [];
    const sink = new PacketSink(greedySocket(taken));
    const all = [sink.write(packets(3, 10)), sink.write([[Buffer.from([9])]])];
    await Promise.all(all);
    assert.deepEqual(
      taken.filter(({ length }) => length === 1).map(([first]) => first),
      [0, 1, 2, 9],
    );
  });

  test('goes on after packets that could not be made', async () => {
    const taken: Buffer[] = [];
    const sink = new PacketSink(greedySocket(taken));
    const failing = sink.write(
      (function* () {
        yield [Buffer.from([1])];
        throw new Error('no more');
      })(),
    );
    await assert.rejects(failing, /no more/);
    assert.equal(await sink.write(packets(1, 1)), undefined);
    assert.equal(taken.length, 3);
  });

  test('gives up a peer that takes nothing any more', async () => {
    const socket = new Writable({ write: () => undefined }) as unknown as net.Socket;
    const sink = new PacketSink(socket, 0.05);
    const failure = await sink.write(packets(5, 10));
    assert.equal(failure?.message, 'the peer took nothing for 0.05 seconds');
  });

  test('tells why the socket did not take a packet', async () => {
    const socket = new Writable({ write: (_, __, done) => done(new Error('reset')) });
    socket.on('error', () => undefined);
    const sink = new PacketSink(socket as unknown as net.Socket);
    assert.equal((await sink.write(packets(5, 10)))?.message, 'reset');
    assert.ok((await sink.write(packets(1, 1))) instanceof Error);
  });
});
