/** The wire of procd as properties, and against bytes that nobody should send. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ANCESTOR_SIZE_MAX,
  type Arrival,
  CURRENT_DIALECT,
  type ClientId,
  dialectNames,
  dialectOf,
  encodeReply,
  encodeRequest,
  type ProcdCommand,
  type ProcdReply,
  type ProcdRequest,
  REQUEST_SIZE_MAX,
  ReplyReader,
  RequestParser,
} from '../../src/family/wire';
import { anyClient, anyDump, anyPieces, anyRequest, anyUsage } from './any-wire';

const CLIENT: ClientId = { pid: 4711, serial: 0 };
const USAGE: ProcdRequest = { command: 'get-usage', root: 4712 };

function bytesOf(request: ProcdRequest, client = CLIENT): Buffer {
  const encoded = encodeRequest(CURRENT_DIALECT, client, request);
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return encoded.value;
}

function arrival(request: ProcdRequest, client = CLIENT): Arrival {
  return { kind: 'request', client, request };
}

/** All that comes of pieces, with nothing after them. */
function parse(pieces: readonly Buffer[], parser = new RequestParser(CURRENT_DIALECT)): Arrival[] {
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.pipeIsEmpty()];
}

describe('requests', () => {
  test('come out as they went in, in whatever pieces they come', () => {
    const anyTraffic = fc
      .array(fc.tuple(anyClient, anyRequest), { maxLength: 5 })
      .chain((traffic) =>
        fc.tuple(
          fc.constant(traffic),
          anyPieces(Buffer.concat(traffic.map(([client, request]) => bytesOf(request, client)))),
        ),
      );
    fc.assert(
      fc.property(anyTraffic, ([traffic, pieces]) => {
        const expected = traffic.map(([client, request]) => arrival(request, client));
        assert.deepEqual(parse(pieces), expected);
      }),
    );
  });

  test('are never longer than a pipe takes in one piece', () => {
    fc.assert(fc.property(anyRequest, (request) => bytesOf(request).length <= REQUEST_SIZE_MAX));
    const long = { command: 'track-login', root: 1, login: 'x'.repeat(REQUEST_SIZE_MAX) } as const;
    assert.equal(encodeRequest(CURRENT_DIALECT, CLIENT, long).ok, false);
  });

  test('hold no ancestor that a procd of HTCondor would end over', () => {
    const entry = (length: number) => `_CONDOR_ANCESTOR_1=${'2'.repeat(length)}`.slice(0, length);
    const request = (length: number) => ({
      ...{ command: 'track-environment' as const, root: 1 },
      ancestors: [entry(length)],
    });
    const isSaid = (length: number) => encodeRequest(CURRENT_DIALECT, CLIENT, request(length)).ok;
    assert.equal(isSaid(ANCESTOR_SIZE_MAX), true);
    assert.equal(isSaid(ANCESTOR_SIZE_MAX + 1), false);
    const many = { ...request(20), ancestors: Array.from({ length: 33 }, () => entry(20)) };
    assert.equal(encodeRequest(CURRENT_DIALECT, CLIENT, many).ok, false);
  });
});

describe('the reader of a pipe', () => {
  test('goes on after whatever was written, once the pipe was empty', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 5 }), (garbage) => {
        const parser = new RequestParser(CURRENT_DIALECT);
        parse(
          garbage.map((piece) => Buffer.from(piece)),
          parser,
        );
        assert.deepEqual(parse([bytesOf(USAGE)], parser), [arrival(USAGE)]);
      }),
    );
  });

  test('goes on after what is nearly a request', () => {
    const anyLength = fc.oneof(fc.integer({ min: -5, max: 5000 }), fc.integer());
    const nearly = fc.record({
      pid: fc.integer({ min: 1, max: 9 }),
      command: fc.nat({ max: 15 }),
      length: anyLength,
      size: fc.nat({ max: 200 }),
    });
    fc.assert(
      fc.property(nearly, ({ command, length, pid, size }) => {
        const bytes = Buffer.alloc(20 + size);
        bytes.writeInt32LE(pid, 0);
        bytes.writeInt32LE(command, 8);
        bytes.writeInt32LE(length, 16);
        const parser = new RequestParser(CURRENT_DIALECT);
        parse([bytes], parser);
        assert.deepEqual(parse([bytesOf(USAGE)], parser), [arrival(USAGE)]);
      }),
    );
  });

  test('takes what has a wrong length out of the pipe whole, and serves the next client', () => {
    const wrong = Buffer.alloc(20 + 100);
    wrong.writeInt32LE(7, 0);
    wrong.writeInt32LE(1, 8);
    wrong.writeInt32LE(100, 16);
    assert.deepEqual(parse([wrong, bytesOf(USAGE)]), [
      {
        kind: 'refused',
        client: { pid: 7, serial: 0 },
        command: 'track-environment',
        refusal: 'bad-environment-info',
      },
      arrival(USAGE),
    ]);
  });

  test('waits for no length that a request cannot have', () => {
    const endless = Buffer.alloc(24);
    endless.writeInt32LE(7, 0);
    endless.writeInt32LE(14, 8);
    endless.writeBigUInt64LE(2n ** 40n, 16);
    const parser = new RequestParser(CURRENT_DIALECT);
    const [first] = parser.push(endless);
    assert.equal(first?.kind, 'refused');
    assert.equal(parser.isWaiting, false);
  });

  test('tells an unknown command by its number, and skips what came with it', () => {
    const unknown = Buffer.alloc(16);
    unknown.writeInt32LE(7, 0);
    unknown.writeInt32LE(15, 8);
    const parser = new RequestParser(CURRENT_DIALECT);
    const arrivals = parser.push(Buffer.concat([unknown, bytesOf(USAGE)]));
    assert.deepEqual(arrivals, [
      { kind: 'garbage', reason: 'a request with the unknown command 15 from pid 7' },
    ]);
    assert.deepEqual(parser.push(bytesOf(USAGE)), []);
    assert.deepEqual(parser.pipeIsEmpty(), []);
    assert.deepEqual(parser.push(bytesOf(USAGE)), [arrival(USAGE)]);
  });

  test('gives up a request that is not written to its end', () => {
    const parser = new RequestParser(CURRENT_DIALECT);
    assert.deepEqual(parser.push(bytesOf(USAGE).subarray(0, 14)), []);
    assert.equal(parser.isWaiting, true);
    assert.deepEqual(parser.pipeIsEmpty(), [
      { kind: 'garbage', reason: '14 bytes of a request that has no end' },
    ]);
    assert.equal(parser.isWaiting, false);
  });

  test("keeps no hold of its caller's buffer", () => {
    const parser = new RequestParser(CURRENT_DIALECT);
    const buffer = Buffer.from(bytesOf(USAGE).subarray(0, 14));
    parser.push(buffer);
    buffer.fill(0);
    assert.deepEqual(parser.push(bytesOf(USAGE).subarray(14)), [arrival(USAGE)]);
  });
});

describe('replies', () => {
  const anyReply: fc.Arbitrary<readonly [ProcdCommand, ProcdReply]> = fc.oneof(
    anyUsage.map((usage) => ['get-usage', { result: 'success', body: 'usage', usage }] as const),
    anyDump.map((families) => ['dump', { result: 'success', body: 'dump', families }] as const),
    fc
      .nat({ max: 2 ** 32 - 1 })
      .map((gid) => ['track-allocated-group', { result: 'success', body: 'group', gid }] as const),
    fc.constant(['kill-family', { result: 'success', body: 'none' }] as const),
    fc.constant(['dump', { result: 'family-not-found' }] as const),
    fc.constant(['get-usage', { result: 4711 }] as const),
  );

  test('come out as they went in, in whatever pieces they come', () => {
    const anyDelivery = anyReply.chain(([command, reply]) =>
      fc.tuple(
        fc.constant([command, reply] as const),
        anyPieces(encodeReply(CURRENT_DIALECT, reply)),
      ),
    );
    fc.assert(
      fc.property(anyDelivery, ([[command, reply], pieces]) => {
        const reader = new ReplyReader(CURRENT_DIALECT, command);
        const told = pieces.map((piece) => reader.push(piece)).find(Boolean);
        assert.ok(typeof told === 'object');
        assert.deepEqual(told.reply, withoutUndefined(reply));
      }),
    );
  });

  test('keep in every dialect what its usage record has', () => {
    fc.assert(
      fc.property(anyUsage, fc.constantFrom(...dialectNames()), (usage, version) => {
        const dialect = dialectOf(version)!;
        const reply = { result: 'success', body: 'usage', usage } as const;
        const told = new ReplyReader(dialect, 'get-usage').push(encodeReply(dialect, reply));
        const fields = Object.entries(usage).filter(
          ([name, value]) => value !== undefined && (dialect.usage as string[]).includes(name),
        );
        assert.ok(typeof told === 'object');
        assert.deepEqual(told.reply, { ...reply, usage: Object.fromEntries(fields) });
      }),
    );
  });

  test('are followed by what belongs to the next one', () => {
    fc.assert(
      fc.property(anyReply, fc.uint8Array(), ([command, reply], next) => {
        const bytes = Buffer.concat([encodeReply(CURRENT_DIALECT, reply), next]);
        const told = new ReplyReader(CURRENT_DIALECT, command).push(bytes);
        assert.ok(typeof told === 'object');
        assert.deepEqual(told.reply, withoutUndefined(reply));
        assert.deepEqual(told.rest, Buffer.from(next));
      }),
    );
  });

  test('never make the reader fail, whatever they are', () => {
    const anyCommand = fc.constantFrom<ProcdCommand>('dump', 'get-usage', 'quit');
    fc.assert(
      fc.property(anyCommand, fc.array(fc.uint8Array(), { maxLength: 9 }), (command, pieces) => {
        const reader = new ReplyReader(CURRENT_DIALECT, command);
        for (const piece of pieces) reader.push(Buffer.from(piece));
      }),
    );
  });

  test('with a count that cannot be one are nonsense', () => {
    const reply = Buffer.alloc(8);
    reply.writeInt32LE(-1, 4);
    assert.equal(new ReplyReader(CURRENT_DIALECT, 'dump').push(reply), 'nonsense');
  });

  test('lose no usage to figures that are none', () => {
    const usage = { ...{ userCpu: NaN, systemCpu: 0, percentCpu: 0 }, maxImageSize: 0 };
    const reply = {
      ...{ result: 'success' as const, body: 'usage' as const },
      usage: { ...usage, imageSize: 0, processes: 1 },
    };
    assert.equal(encodeReply(CURRENT_DIALECT, reply).length, 116);
  });
});

/** As it is after a journey through bytes: what is not measured is not there. */
function withoutUndefined(reply: ProcdReply): ProcdReply {
  return JSON.parse(JSON.stringify(reply)) as ProcdReply;
}
