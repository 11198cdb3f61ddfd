/** Sessions resumed over real sockets: as client, as server, and by whoever has no business here. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClassAd, integerValue, parseClassAd, stringValue } from '../../src/condor/classad';
import { CedarSocket } from '../../src/condor/cedar/connection';
import {
  type CedarConnection,
  CommandServer,
  type CommandServerOptions,
  connectCommand,
  type SecuritySession,
  type WireError,
} from '../../src/condor/cedar';
import { MessageBody } from '../../src/condor/cedar/message-reader';
import { MessageBuffer } from '../../src/condor/cedar/message-writer';
import { deriveSessionKey } from '../../src/condor/cedar/packet-cipher';
import { HEADER_SIZE, writeHeader } from '../../src/condor/cedar/packets';
import { bytesOf, fromHex, recording } from './support/fixtures';
import { errorOf, listening, readBytes, valueOf } from './support/sockets';

const VERSION = '$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $';

/** The ad of a recorded request or reply. */
function adOf(frame: Buffer, isRequest: boolean): ClassAd {
  const message = new MessageBody(frame.subarray(HEADER_SIZE), false);
  if (isRequest) assert.equal(message.int(), 60010);
  return message.ad();
}

/** The base IV with which a first encrypted packet begins. */
function ivOf(frame: Buffer): Buffer {
  return frame.subarray(HEADER_SIZE, HEADER_SIZE + 16);
}

function clearPacket(message: MessageBuffer): Buffer {
  const body = message.finish();
  const header = Buffer.alloc(HEADER_SIZE);
  writeHeader(header, true, body.length);
  return Buffer.concat([header, body]);
}

describe('a command of ours', () => {
  const NAMES = [
    'wire-23.9.6-missing-output alive',
    'wire-23.9.6-missing-output ft-down',
    'wire-25.14.1-normal alive',
    'wire-25.14.1-normal ft-up',
  ];
  for (const name of NAMES) {
    test(`says, byte for byte, what ${name} said`, async (t) => {
      const recorded = recording(name);
      const [, request, ...sent] = bytesOf(recorded.frames, 'send');
      const [reply, ...answers] = bytesOf(recorded.frames, 'recv');
      const ad = adOf(request!, true);
      const address = ad.string('ConnectSinful')!;
      const expected = Buffer.concat(bytesOf(recorded.frames, 'send'));
      let said: Promise<Buffer> | undefined;
      const port = await listening(t, (socket) => {
        said = readBytes(socket, expected.length);
        socket.write(Buffer.concat([reply!, ...answers]));
      });
      // The recorded address is where the request says that it went; we have another port.
      const connection = await withPort(address, port, () =>
        connectCommand({
          address,
          session: { id: ad.string('Sid')!, key: recorded.secret },
          command: ad.integer('Command')!,
          ownAddress: ad.string('ServerCommandSock')!,
          version: ad.string('RemoteVersion')!,
          random: { nonce: ad.string('Nonce')!, iv: ivOf(sent[0]!) },
        }),
      );
      for (const message of bytesOf(recorded.messages, 'send').slice(2)) {
        valueOf(await valueOf(connection).sendBytes(message));
      }
      assert.equal((await said!).toString('hex'), expected.toString('hex'));
      for (const message of bytesOf(recorded.messages, 'recv').slice(1)) {
        const came = await valueOf(connection).receive((m) => Buffer.from(m.bytes(m.left)));
        assert.ok(valueOf(came).equals(message));
      }
    });
  }

  const asked = { session: { id: 'a', key: 'k' }, command: 60008, ownAddress: '<127.0.0.1:1>' };

  for (const code of ['SID_NOT_FOUND', 'DENIED']) {
    test(`is refused by ${code}`, async (t) => {
      const port = await listening(t, (socket) => {
        const ad = new ClassAd().set('ReturnCode', stringValue(code));
        socket.end(clearPacket(new MessageBuffer(false).ad(ad)));
      });
      const address = `<127.0.0.1:${port}>`;
      const error = errorOf(await connectCommand({ ...asked, address, version: VERSION }));
      assert.deepEqual([error.kind, error.peer], ['refused', address]);
      assert.match(error.reason, new RegExp(`60008.*"${code}"`));
    });
  }

  test('evaluates nothing that a peer says before it is known', async (t) => {
    const port = await listening(t, (socket) => {
      const ad = parseClassAd('ReturnCode = strcat("AUTHOR", "IZED")');
      socket.write(clearPacket(new MessageBuffer(false).ad(valueOf(ad))));
    });
    const address = `<127.0.0.1:${port}>`;
    const error = errorOf(await connectCommand({ ...asked, address, version: VERSION }));
    assert.equal(error.kind, 'refused');
  });

  test('takes the other addresses where the main one is not reached', async (t) => {
    let came = 0;
    const port = await listening(t, (socket) => {
      came += 1;
      socket.destroy();
    });
    const address = `<127.0.0.1:1?addrs=127.0.0.1-1+127.0.0.1-${port}>`;
    const error = errorOf(await connectCommand({ ...asked, address, version: VERSION }));
    assert.deepEqual([came, error.kind], [1, 'gone']);
  });

  test('says where it could not connect to', async () => {
    const address = '<127.0.0.1:1?addrs=127.0.0.1-1+127.0.0.1-2>';
    const error = errorOf(await connectCommand({ ...asked, address, version: VERSION }));
    assert.equal(error.kind, 'gone');
    assert.match(error.reason, /127\.0\.0\.1 port 1: .*ECONNREFUSED.*; 127\.0\.0\.1 port 2: /);
    const nowhere = errorOf(
      await connectCommand({ ...asked, address: 'nowhere', version: VERSION }),
    );
    assert.equal(nowhere.kind, 'protocol');
  });

  test('waits for the reply no longer than it was told', async (t) => {
    const port = await listening(t, () => undefined);
    const address = `<127.0.0.1:${port}>`;
    const request = { ...asked, address, version: VERSION, timeout: 0.2 };
    const error = errorOf(await connectCommand(request));
    assert.deepEqual([error.kind, error.reason], ['gone', 'The peer was silent for 0.2 seconds']);
  });
});

/** Makes connections to the port of an address go to another one. */
async function withPort<T>(address: string, port: number, run: () => Promise<T>): Promise<T> {
  const { connect } = net;
  const wanted = Number(/:(\d+)\?/.exec(address)![1]);
  net.connect = ((target: net.TcpNetConnectOpts) => {
    assert.deepEqual([target.host, target.port], ['127.0.0.1', wanted]);
    return connect({ ...target, port });
  }) as typeof net.connect;
  try {
    return await run();
  } finally {
    net.connect = connect;
  }
}

interface Served {
  readonly port: number;
  readonly server: CommandServer;
  readonly commands: [SecuritySession, number, CedarConnection][];
  readonly refusals: WireError[];
}

/** A server on a port of its own, that knows one session. */
async function serve(
  t: TestContext,
  session: SecuritySession,
  options: Partial<CommandServerOptions> = {},
): Promise<Served> {
  const commands: Served['commands'] = [];
  const refusals: WireError[] = [];
  const server = new CommandServer({
    version: VERSION,
    findSession: (id) => (id === session.id ? session : undefined),
    mayUse: (_, command) => command !== 1502,
    handle: (connection, by, command) => void commands.push([by, command, connection]),
    onRefused: (error) => void refusals.push(error),
    ...options,
  });
  const port = await listening(t, (socket) => server.accept(socket));
  t.after(() => server.close());
  return { port, server, commands, refusals };
}

/** Waits until something is so. */
async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !condition();) {
    assert.ok(Date.now() < end, `${what} did not come`);
    await sleep(5);
  }
}

async function connected(t: TestContext, port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const SESSION = { id: 'the session', key: 'its key' };

/** A request for a command. */
function request(attributes: Record<string, string | number | boolean>): Buffer {
  const lines = Object.entries(attributes).map(([name, v]) => `${name} = ${JSON.stringify(v)}`);
  const ad = valueOf(parseClassAd(lines.join('\n')));
  return clearPacket(new MessageBuffer(false).int(60010).ad(ad));
}

const USUAL = { Command: 60000, Sid: SESSION.id, UseSession: 'YES' };

describe('a command of others', () => {
  const NAMES = [
    'wire-23.9.6-server cmd76707',
    'wire-23.9.6-server cmd67534',
    'wire-23.9.6-server cmd77880',
    'wire-23.9.6-server cmd33299',
    'wire-23.9.6-server cmd33306',
    'wire-25.14.1-server cmd46423',
    'wire-25.14.1-server cmd50466',
  ];
  for (const name of NAMES) {
    test(`is understood, and answered byte for byte, as in ${name}`, async (t) => {
      const recorded = recording(name);
      const [asking] = bytesOf(recorded.frames, 'recv');
      const ad = adOf(asking!, true);
      const session = { id: ad.string('Sid')!, key: recorded.secret };
      const wantsReply = ad.boolean('ResumeResponse')!;
      const expected = bytesOf(recorded.frames, 'send');
      const random = wantsReply
        ? { nonce: adOf(expected[0]!, false).string('Nonce')!, iv: ivOf(expected[1]!) }
        : undefined;
      const served = await serve(t, session, random && { random });
      const socket = await connected(t, served.port);
      const reading = wantsReply ? readBytes(socket, Buffer.concat(expected).length) : undefined;
      socket.write(Buffer.concat(bytesOf(recorded.frames, 'recv')));
      await until('the command', () => served.commands.length === 1);
      const [by, command, connection] = served.commands[0]!;
      assert.deepEqual([by, command], [session, ad.integer('Command')]);
      for (const { dir, hex } of recorded.messages.slice(wantsReply ? 2 : 1)) {
        if (dir === 'send') valueOf(await connection.sendBytes(fromHex(hex)));
        else {
          const came = await connection.receive((m) => m.bytes(m.left).toString('hex'));
          assert.equal(valueOf(came), hex);
        }
      }
      if (reading !== undefined) assert.ok((await reading).equals(Buffer.concat(expected)));
      connection.close();
    });
  }

  test('comes wherever its bytes are cut', async (t) => {
    const recorded = recording('wire-25.14.1-server cmd46423');
    const stream = Buffer.concat(bytesOf(recorded.frames));
    const sid = adOf(bytesOf(recorded.frames)[0]!, true).string('Sid')!;
    const served = await serve(t, { id: sid, key: recorded.secret });
    for (let at = 1; at < stream.length; at += 7) {
      const socket = await connected(t, served.port);
      socket.setNoDelay(true).write(stream.subarray(0, at));
      await sleep(1);
      socket.write(stream.subarray(at));
      await until('the command', () => served.commands.length > 0);
      const [[, , connection]] = served.commands.splice(0) as [Served['commands'][0]];
      assert.equal(valueOf(await connection.receive((m) => m.int())), 100);
      connection.destroy();
    }
  });

  const none: readonly [string, Buffer, WireError['kind'], RegExp][] = [
    [
      'without a session',
      clearPacket(new MessageBuffer(false).int(60000).int(15)),
      'protocol',
      /command 60000 without/,
    ],
    [
      'in a new negotiation',
      request({ NewSession: 'YES', Command: 60000 }),
      'protocol',
      /negotiation/,
    ],
    ['with a session that is not known', request({ ...USUAL, Sid: 'x' }), 'refused', /not known/],
    ['that the session is not for', request({ ...USUAL, Command: 1502 }), 'refused', /not for it/],
    [
      'with an ad that is none',
      clearPacket(new MessageBuffer(false).int(60010).int(7)),
      'protocol',
      /ad/,
    ],
    ['with a request of megabytes', Buffer.from([1, 0, 0x0f, 0, 0]), 'protocol', /packet/],
    ['by HTTP', Buffer.from('GET / HTTP/1.0\r\n\r\n'), 'protocol', /header/],
  ];
  for (const [how, bytes, kind, words] of none) {
    test(`is refused ${how}, and the connection is closed`, async (t) => {
      const served = await serve(t, SESSION);
      const socket = await connected(t, served.port);
      socket.resume().write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
      assert.equal(served.commands.length, 0);
      assert.equal(served.refusals[0]?.kind, kind);
      assert.match(served.refusals[0].reason, words);
    });
  }

  test('does not make us evaluate anything', async (t) => {
    const served = await serve(t, SESSION);
    const lines = Array.from({ length: 60 }, (_, i) => `A${i} = strcat(A${i + 1}, A${i + 1})`);
    const text = ['Sid = A0', 'Command = 60000', 'UseSession = "YES"', ...lines, 'A60 = "x"'];
    const ad = valueOf(parseClassAd(text.join('\n')));
    const socket = await connected(t, served.port);
    socket.resume().write(clearPacket(new MessageBuffer(false).int(60010).ad(ad)));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.match(served.refusals[0]!.reason, /another negotiation/);
  });

  for (const [sid, code] of [
    ['x', 'SID_NOT_FOUND'],
    [SESSION.id, 'DENIED'],
  ] as const) {
    test(`that is refused with ${code} is told so`, async (t) => {
      const served = await serve(t, SESSION);
      const socket = await connected(t, served.port);
      const connection = new CedarSocket(socket, '<server>');
      socket.write(request({ ...USUAL, Command: 1502, Sid: sid, ResumeResponse: true }));
      const ad = valueOf(await connection.receive((message) => message.ad()));
      assert.equal(ad.string('ReturnCode'), code);
      assert.equal((await connection.ended).kind, 'gone');
    });
  }

  test('has to come in time', async (t) => {
    const served = await serve(t, SESSION, { handshakeTimeout: 0.2 });
    const socket = await connected(t, served.port);
    // Not silent, only slow: the time is for all of it.
    const dribble = setInterval(() => socket.write(Buffer.from([1])), 50);
    t.after(() => clearInterval(dribble));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    assert.equal(served.refusals[0]?.reason, 'No command came within 0.2 seconds');
    assert.equal(served.refusals.length, 1);
  });

  test('is heard though others hold as many connections as there may be', async (t) => {
    const served = await serve(t, SESSION, { halfwayLimit: 8 });
    const idle: net.Socket[] = [];
    for (let count = 0; count < 20; count += 1) idle.push(await connected(t, served.port));
    const address = `<127.0.0.1:${served.port}>`;
    const asked = {
      address,
      session: SESSION,
      command: 1500,
      ownAddress: '<h:1>',
      version: VERSION,
    };
    valueOf(await connectCommand(asked));
    await until('the command', () => served.commands.length === 1);
    await until('the closing of the oldest', () => served.refusals.length >= 12);
  });

  test('a wrong key shows with the first packet', async (t) => {
    const served = await serve(t, SESSION);
    const socket = await connected(t, served.port);
    const connection = new CedarSocket(socket, '<server>');
    const ad = new ClassAd()
      .set('Command', integerValue(60000n))
      .set('Sid', stringValue(SESSION.id))
      .set('UseSession', stringValue('YES'));
    valueOf(await connection.send((message) => message.int(60010).ad(ad)));
    connection.encrypt(deriveSessionKey('another key'));
    valueOf(await connection.send((message) => message.int(15)));
    await until('the command', () => served.commands.length === 1);
    const error = errorOf(await served.commands[0]![2].receive((message) => message.int()));
    assert.deepEqual([error.kind, /authentication/.test(error.reason)], ['protocol', true]);
  });
});
