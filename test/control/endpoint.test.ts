/** The control endpoint of condor_procd: who may speak, what is answered, what is written down. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { isAlive } from '../support/processes';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import {
  auditLines,
  connectTo,
  endDaemon,
  frontOf,
  layOut,
  NOBODY,
  runDaemon,
  startDaemon,
  STRANGER,
} from './support/daemon';
import { connectRaw, frameOf, speakAs } from './support/raw';

const PING = { id: 1, op: 'ping' };

describe('the control endpoint', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('answers a ping with its version, and writes it down', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectTo(t, daemon.socket);
    const answer = await client.request('ping');
    assert.ok(answer.ok);
    const { dialect, protocol, version } = answer.value;
    assert.ok(typeof version === 'string');
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual([protocol, dialect], [1, '9.11.0']);
    const [line] = auditLines(daemon);
    const { time, ...rest } = line ?? {};
    assert.ok(Math.abs(Date.parse(time as string) - Date.now()) < 60_000);
    assert.deepEqual(rest, {
      ...{ operation: 'ping', result: 'ok' },
      ...{ uid: 0, pid: process.pid, via: 'unix', connection: 1 },
    });
  });

  test('speaks with those who are listed; others get one error, and one line', async (t) => {
    const daemon = await startDaemon(t);
    const listed = await speakAs(NOBODY, daemon.socket, [PING, { id: 2, op: 'ping' }]);
    assert.deepEqual(
      listed.messages.map(({ id, ok }) => [id, ok]),
      [
        [1, true],
        [2, true],
      ],
    );
    assert.ok(listed.open);
    const other = await speakAs(STRANGER, daemon.socket, [PING]);
    assert.deepEqual(other, {
      messages: [
        {
          ...{ id: null, ok: false, error: 'denied' },
          text: `user ${STRANGER} may not speak to this daemon`,
        },
      ],
      open: false,
    });
    const lines = auditLines(daemon).filter(({ uid }) => uid === STRANGER);
    assert.deepEqual(
      lines.map(({ operation, result }) => [operation, result]),
      [['connect', 'denied']],
    );
  });

  test('keeps from others what is for root alone', async (t) => {
    const daemon = await startDaemon(t);
    const told = await speakAs(NOBODY, daemon.socket, [{ id: 'r', op: 'reload' }, PING]);
    assert.deepEqual(told.messages[0], {
      ...{ id: 'r', ok: false, error: 'denied' },
      text: 'reload is for root alone',
    });
    assert.equal(told.messages[1]?.['ok'], true);
    const root = await (await connectTo(t, daemon.socket)).request('reload');
    assert.deepEqual(root, { ok: true, value: { warnings: [] } });
  });

  test('refuses what no operation knows, and stays', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectTo(t, daemon.socket);
    const refused = async (op: string, fields = {}): Promise<string> => {
      const answer = await client.request(op, fields);
      return answer.ok ? 'done' : `${answer.error.code}: ${answer.error.text}`;
    };
    assert.equal(await refused('shell'), "syntax: there is no operation 'shell'");
    assert.equal(await refused('constructor'), "syntax: there is no operation 'constructor'");
    assert.equal(await refused('a\n{"b"'), 'syntax: there is no operation \'a\\x0a{"b"\'');
    assert.equal(
      await refused('ping', { uid: 0 }),
      "syntax: ping: unknown field 'uid': expected none",
    );
    assert.equal(await refused('ping'), 'done');
    assert.deepEqual(
      auditLines(daemon).map(
        ({ operation, result }) => `${operation as string} ${result as string}`,
      ),
      ['unknown syntax', 'unknown syntax', 'unknown syntax', 'ping syntax', 'ping ok'],
    );
  });

  test('tells whoever sends no request once, and hangs up', async (t) => {
    const daemon = await startDaemon(t);
    const neither = /^(expected an object|id: expected|op: expected|a message )/;
    const cases: readonly (readonly [what: Buffer, error: string, text: RegExp])[] = [
      [frameOf('{'), 'syntax', neither],
      [frameOf('[]'), 'syntax', neither],
      [frameOf('null'), 'syntax', neither],
      [frameOf('{"op":"ping"}'), 'syntax', neither],
      [frameOf('{"id":-1,"op":"ping"}'), 'syntax', neither],
      [frameOf('{"id":1.5,"op":"ping"}'), 'syntax', neither],
      [frameOf('{"id":{},"op":"ping"}'), 'syntax', neither],
      [frameOf('{"id":1}'), 'syntax', neither],
      [frameOf('{"id":1,"op":""}'), 'syntax', neither],
      [frameOf(`{"id":1,"op":"${'x'.repeat(65)}"}`), 'syntax', neither],
      [frameOf(Buffer.from('{"id":1,"op":"\xff"}', 'latin1')), 'syntax', neither],
      [frameOf('\u{feff}{"id":1,"op":"ping"}'), 'syntax', neither],
      [frameOf('['.repeat(200_000)), 'syntax', neither],
      [frameOf(''), 'syntax', neither],
      [Buffer.from([1, 0, 4, 0]), 'too-large', /may have 262144 bytes/],
      [Buffer.from([255, 255, 255, 255, 1]), 'too-large', /may have 262144 bytes/],
    ];
    for (const [bytes, error, text] of cases) {
      const client = await connectRaw(t, daemon.socket);
      client.write(bytes);
      client.write(frameOf(JSON.stringify(PING)));
      await client.ended;
      const shown = bytes.subarray(0, 30).toString('latin1');
      assert.equal(client.messages.length, 1, shown);
      assert.deepEqual(
        { ...client.messages[0], text: '' },
        { id: null, ok: false, error, text: '' },
        shown,
      );
      assert.match(client.messages[0]?.['text'] as string, text, shown);
    }
    assert.equal(auditLines(daemon).length, cases.length);
  });

  test('takes a message of 256 KiB, byte by byte or all at once, and no larger one', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectRaw(t, daemon.socket);
    const large = frameOf(JSON.stringify(PING).padEnd(262_144, ' '));
    client.write(large);
    for (const byte of frameOf(JSON.stringify({ id: 2, op: 'ping' })))
      client.write(Buffer.from([byte]));
    assert.deepEqual(
      (await client.gather(2)).map(({ ok }) => ok),
      [true, true],
    );
    client.write(frameOf(JSON.stringify(PING).padEnd(262_145, ' ')));
    await client.ended;
    assert.equal(client.messages[2]?.['error'], 'too-large');
  });

  test('answers in the order of the requests', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectRaw(t, daemon.socket);
    const ids = Array.from({ length: 300 }, (_, i) => i);
    client.write(Buffer.concat(ids.map((id) => frameOf(JSON.stringify({ id, op: 'ping' })))));
    assert.deepEqual(
      (await client.gather(300)).map(({ id }) => id),
      ids,
    );
  });

  test('serves 200 clients at once', async (t) => {
    const daemon = await startDaemon(t);
    const clients = await Promise.all(
      Array.from({ length: 200 }, () => connectTo(t, daemon.socket)),
    );
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 5 }, () => client.request('ping'))),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1000);
    assert.equal(auditLines(daemon).length, 1000);
  });

  test('lets no client of one user keep the others out', async (t) => {
    const daemon = await startDaemon(t);
    const many = await Promise.all(Array.from({ length: 520 }, () => connectRaw(t, daemon.socket)));
    await waitUntil(
      () => many.filter(({ messages }) => messages.length > 0).length >= 8,
      'refusals',
    );
    const refused = many.filter(({ messages }) => messages.length > 0);
    assert.equal(refused.length, 8);
    await Promise.all(refused.map(({ ended }) => ended));
    assert.equal(refused[0]?.messages[0]?.['error'], 'busy');
    const other = await speakAs(NOBODY, daemon.socket, [PING]);
    assert.equal(other.messages[0]?.['ok'], true);
  });

  test('has a front that can do nothing, and gets another one when that is killed', async (t) => {
    const daemon = await startDaemon(t);
    const ends: string[] = [];
    const client = await connectTo(t, daemon.socket, { ended: (why) => ends.push(why) });
    // Whoever serves has given up his rights; and who is not accepted yet could be the next one's.
    assert.ok((await client.request('ping')).ok);
    const front = frontOf(daemon);
    const status = fs.readFileSync(`/proc/${front}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1];
    assert.equal(field('Uid'), Array(4).fill(NOBODY).join('\t'));
    assert.equal(field('Gid'), Array(4).fill(NOBODY).join('\t'));
    assert.equal(field('Groups')?.trim(), '');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.equal(field(set), '0000000000000000', set);
    }
    assert.equal(field('NoNewPrivs'), '1');
    assert.equal(fs.readFileSync(`/proc/${front}/environ`, 'utf8'), '');
    process.kill(front, 'SIGKILL');
    await waitUntil(() => ends.length > 0, 'the connection to end');
    assert.equal(client.isOpen, false);
    // The socket is there all the time; whoever comes is served as soon as there is a front.
    const next = await connectTo(t, daemon.socket);
    assert.ok((await next.request('ping')).ok);
    assert.notEqual(frontOf(daemon), front);
    assert.match(
      fs.readFileSync(daemon.log, 'utf8'),
      /eyrie-control is gone: another one is started/,
    );
  });

  test('takes the place of a socket that a killed daemon left, and of no other daemon', async (t) => {
    const daemon = await startDaemon(t);
    const second = await runDaemon(daemon);
    assert.equal(second.status, 1);
    assert.match(second.stderr, /another daemon serves .*control/);
    const front = frontOf(daemon);
    daemon.command.process.kill('SIGKILL');
    await daemon.command.ended;
    await waitUntil(() => !isAlive(front), 'the front to end with its daemon');
    assert.ok(fs.lstatSync(daemon.socket).isSocket());
    fs.rmSync(daemon.log);
    const third = await startDaemon(t, { in: daemon });
    assert.ok((await (await connectTo(t, third.socket)).request('ping')).ok);
    assert.equal(fs.lstatSync(third.socket).mode & 0o777, 0o666);
    assert.equal(await endDaemon(third.command), 1);
    assert.equal(fs.existsSync(third.socket), false);
  });

  test('is not served where somebody else could take its place', async (t) => {
    const place = layOut(t);
    fs.chmodSync(place.directory, 0o777);
    const open = await runDaemon(place);
    assert.equal(open.status, 1);
    assert.match(open.stderr, /(everybody can|others than root may) write to .* \(chmod [go]*-w\)/);
    fs.chmodSync(place.directory, 0o755);
    fs.writeFileSync(place.socket, '');
    const taken = await runDaemon(place);
    assert.match(taken.stderr, /control: it is there and is no socket/);
    assert.ok(fs.lstatSync(place.socket).isFile());
  });
});
