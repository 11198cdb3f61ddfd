/** The wire of procd, against what was recorded of HTCondor's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CURRENT_DIALECT,
  dialectNames,
  dialectOf,
  encodeReply,
  encodeRequest,
  type ProcdReply,
  type ProcdRequest,
  ReplyReader,
  RequestParser,
  refusalWords,
} from '../../src/family/wire';
import { placeFields } from '../../src/family/wire/usage-record';
import {
  allocatingSession,
  associatingSession,
  COMMAND_NAMES,
  controlRuns,
  type Exchange,
  fromHex,
  USAGE_NAMES,
  versionRanges,
} from './support/recorded';

const SESSIONS = [
  { session: allocatingSession, serial: 0 },
  { session: associatingSession, serial: 1 },
];

/** The only request of some bytes. */
function parsed(bytes: Buffer): ProcdRequest {
  const arrivals = new RequestParser(CURRENT_DIALECT).push(bytes);
  assert.equal(arrivals.length, 1);
  const [arrival] = arrivals;
  assert.ok(arrival?.kind === 'request', JSON.stringify(arrival));
  return arrival.request;
}

function read(request: Buffer, reply: Buffer): ProcdReply {
  const { command } = parsed(request);
  const read = new ReplyReader(CURRENT_DIALECT, command).push(reply);
  assert.ok(typeof read === 'object');
  assert.equal(read.rest.length, 0);
  return read.reply;
}

/** The recording's only request that is no valid one. */
const isRefused = ({ name }: Exchange): boolean => name === 'login with length 0';

describe('a recorded session with condor_procd', () => {
  for (const { serial, session } of SESSIONS) {
    for (const exchange of session.exchanges.filter((one) => !isRefused(one))) {
      const { args, name, reply, request } = exchange;
      test(`${name}: the request is what was recorded, and is read back`, () => {
        const meant = parsed(fromHex(request));
        const client = { pid: session.clientPid, serial };
        const encoded = encodeRequest(CURRENT_DIALECT, client, meant);
        assert.ok(encoded.ok);
        assert.equal(encoded.value.toString('hex'), request);
        const { entries, root, ...rest } = args;
        const expected = {
          ...(root === undefined ? {} : { root }),
          ...(entries === undefined ? rest : { ...rest, ancestors: entries }),
        };
        const { command: _, ...said } = meant;
        assert.deepEqual(said, expected);
      });

      test(`${name}: the reply is what was recorded, and is read`, () => {
        const meant = read(fromHex(request), fromHex(reply));
        assert.equal(encodeReply(CURRENT_DIALECT, meant).toString('hex'), reply);
        assert.equal(meant.result === 'success', exchange.error === 'SUCCESS');
      });
    }
  }

  test('has the results that it names', () => {
    const results = new Map<string, ProcdReply['result']>();
    for (const { session } of SESSIONS) {
      for (const { error, reply, request } of session.exchanges.filter((one) => !isRefused(one))) {
        results.set(error, read(fromHex(request), fromHex(reply)).result);
      }
    }
    assert.deepEqual(Object.fromEntries(results), {
      SUCCESS: 'success',
      ALREADY_REGISTERED: 'already-registered',
      BAD_ROOT_PID: 'bad-root-pid',
      BAD_WATCHER_PID: 'bad-watcher-pid',
      BAD_SNAPSHOT_INTERVAL: 'bad-snapshot-interval',
      PROCESS_NOT_FAMILY: 'process-not-in-tree',
      FAMILY_NOT_FOUND: 'family-not-found',
      UNREGISTER_ROOT: 'unregister-root',
      NO_GROUP_ID_AVAILABLE: 'no-group-id',
    });
  });

  test('has usage and dumps as they were decoded when it was recorded', () => {
    const [usage, dump] = ['usage', 'dump job'].map((name) => {
      const found = allocatingSession.exchanges.find((one) => one.name === name)!;
      return read(fromHex(found.request), fromHex(found.reply));
    });
    assert.deepEqual(usage, {
      result: 'success',
      body: 'usage',
      usage: {
        userCpu: 0,
        systemCpu: 0,
        percentCpu: 0,
        maxImageSize: 8432,
        imageSize: 8432,
        resident: 4780,
        processes: 3,
      },
    });
    const member = (pid: number, ppid: number, birthday: number) => ({
      ...{ pid, ppid, birthday },
      userCpu: 0,
      systemCpu: 0,
    });
    assert.deepEqual(dump, {
      result: 'success',
      body: 'dump',
      families: [
        {
          ...{ parentRoot: 134899, root: 134908, watcher: 134899 },
          processes: [
            member(134925, 134908, 223158),
            member(134924, 134908, 223158),
            member(134908, 134899, 223132),
          ],
        },
      ],
    });
  });

  test('answers a login of no length with a code', () => {
    const { request, reply } = allocatingSession.exchanges.find(isRefused)!;
    const parser = new RequestParser(CURRENT_DIALECT);
    const client = { pid: 134899, serial: 0 };
    assert.deepEqual(parser.push(fromHex(request)), [
      { kind: 'refused', client, command: 'track-login', refusal: 'bad-login-info' },
    ]);
    const answer = encodeReply(CURRENT_DIALECT, { result: 'bad-login-info' });
    assert.equal(answer.toString('hex'), reply);
  });
});

describe('procd_ctl', () => {
  for (const { args, reads, writes } of controlRuns.filter((run) => run.writes.length > 0)) {
    test(`${args.join(' ')}: is understood, and its reply is read in its own pieces`, () => {
      const [written] = writes.map(fromHex);
      const reader = new ReplyReader(CURRENT_DIALECT, parsed(written!).command);
      const answers = reads.map((piece) => reader.push(fromHex(piece)));
      assert.ok(answers.slice(0, -1).every((answer) => answer === undefined));
      const last = answers.at(-1);
      assert.ok(typeof last === 'object');
      assert.equal(encodeReply(CURRENT_DIALECT, last.reply).toString('hex'), reads.join(''));
    });
  }
});

describe('the dialects', () => {
  test('are those of the releases', () => {
    assert.deepEqual(
      [...dialectNames()].reverse(),
      versionRanges.map(({ from }) => from),
    );
  });

  for (const { commands, from, usageLayout } of versionRanges) {
    test(`${from}: commands have their numbers, the usage record its layout`, () => {
      const dialect = dialectOf(from)!;
      const numbers = Object.entries(commands).map(([name, at]) => [at, COMMAND_NAMES[name]]);
      assert.deepEqual(
        Object.entries(dialect.commands).map(([at, name]) => [Number(at), name]),
        [...numbers.sort(([a], [b]) => Number(a) - Number(b))],
      );
      const { places, size } = placeFields(dialect.usage);
      assert.equal(size, usageLayout.size);
      assert.deepEqual(
        places,
        usageLayout.fields.map((field) => ({ ...field, field: USAGE_NAMES[field.field] })),
      );
    });
  }

  test('are found by any version of their range', () => {
    const since = (version: string) => dialectOf(version)?.since;
    assert.equal(since('23.9.6'), '9.11.0');
    assert.equal(since('25.14.1'), '9.11.0');
    assert.equal(since('9.10.1'), '9.1.0');
    assert.equal(since('9.0'), '8.8.0');
    assert.equal(since('7.1.3'), '7.1.3');
    assert.equal(since('7.1.2'), '6.9.5');
    assert.equal(since('6.9.1'), undefined);
    assert.equal(since('newest'), undefined);
    assert.equal(since('9'), undefined);
  });

  test('say 11 where no group is free, before glexec came', () => {
    const code = (version: string) =>
      encodeReply(dialectOf(version)!, { result: 'no-group-id' }).readInt32LE(0);
    assert.equal(code('7.0.5'), 11);
    assert.equal(code('7.2.0'), 12);
    const bytes = Buffer.from([11, 0, 0, 0]);
    const readBy = (version: string) => {
      const read = new ReplyReader(dialectOf(version)!, 'track-allocated-group').push(bytes);
      return typeof read === 'object' ? read.reply : read;
    };
    assert.deepEqual(readBy('7.0.5'), { result: 'no-group-id' });
    assert.deepEqual(readBy('7.2.0'), { result: 'bad-glexec-info' });
  });

  test('refuse to say what they have no number for', () => {
    const request: ProcdRequest = { command: 'use-glexec', root: 1, proxy: '/tmp/x509' };
    const encoded = encodeRequest(CURRENT_DIALECT, { pid: 1, serial: 0 }, request);
    assert.deepEqual(encoded, { ok: false, error: 'procd of 9.11.0 has no use-glexec' });
  });
});

test('a refusal is explained in words', () => {
  assert.match(refusalWords('process-not-in-tree'), /no such process/);
});
