/**
 * Clients that die, do not read, write nonsense or write too much: section 16 of what is known of
 * HTCondor's procd, which some of them bring to its end.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { makeFifo } from '../../src/kernel/border';
import { CURRENT_DIALECT, encodeRequest, type ProcdRequest } from '../../src/family/wire';
import { asUser, runCommand } from '../support/command';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { connectTo, rawReplyPipe, serveAndConnect, writeRaw } from './support/our-procd';
import { startShell } from './support/shells';

const NOBODY = 65534;
const SNAPSHOT: ProcdRequest = { command: 'take-snapshot' };

/** A request of this process, or of another pid. */
function bytesOf(request: ProcdRequest, serial: number, pid = process.pid): Buffer {
  const bytes = encodeRequest(CURRENT_DIALECT, { pid, serial }, request);
  assert.ok(bytes.ok);
  return bytes.value;
}

/** A header, and whatever follows it. */
function rawRequest(serial: number, command: number, ...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(12 + 4 * words.length);
  [process.pid, serial, command, ...words].forEach((word, at) => bytes.writeInt32LE(word, 4 * at));
  return bytes;
}

/** procd is as it was: it serves a client of before, and a new one. */
async function isUnharmed(
  { procd, result }: Awaited<ReturnType<typeof serveAndConnect>>,
  t: TestContext,
) {
  assert.equal(await result(SNAPSHOT), 'success');
  assert.equal(await connectTo(t, procd.address).result(SNAPSHOT), 'success');
  assert.equal(procd.process.exitCode, null);
}

describe('our procd is not harmed', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  for (const [what, bytes] of [
    ['by an unknown command', rawRequest(1, 99, 1, 2, 3)],
    ['by the command that other builds have, with a name of no length', rawRequest(1, 14, 0, 0, 0)],
    ['by a header and nothing else', rawRequest(1, 8)],
    ['by half a header', rawRequest(1, 8).subarray(0, 5)],
    ['by a record of a wrong length', Buffer.concat([rawRequest(1, 1, 0, 100), Buffer.alloc(100)])],
    [
      'by a record of no length and 2372 bytes',
      Buffer.concat([rawRequest(1, 1, 0, 0), Buffer.alloc(2372)]),
    ],
    ['by a login of a negative length', rawRequest(1, 2, 0, -1)],
    ['by a login of two gigabytes', rawRequest(1, 2, 0, 2 ** 31 - 1)],
    ['by pid 0', Buffer.alloc(24)],
    ['by negative numbers', Buffer.alloc(64, 0xff)],
    ['by 4096 bytes of text', Buffer.alloc(4096, 'a')],
    ['by a client that died before its reply', bytesOf({ command: 'dump', root: 0 }, 7, 4_000_001)],
  ] as const) {
    test(what, async (t) => {
      const served = await serveAndConnect(t);
      writeRaw(served.procd.address, bytes);
      await isUnharmed(served, t);
    });
  }

  test('by a part of a request in front of a whole one, which is answered', async (t) => {
    const served = await serveAndConnect(t);
    const { address } = served.procd;
    for (let length = 1; length < 24; length += 1) {
      const whole = bytesOf(
        { command: 'register-subfamily', root: 1, watcher: 0, interval: -1 },
        99,
      );
      const pipe = rawReplyPipe(t, address, length);
      writeRaw(address, Buffer.concat([whole.subarray(0, length), bytesOf(SNAPSHOT, length)]));
      assert.equal((await pipe.whole(4)).readInt32LE(0), 0, `after ${length} bytes`);
    }
    await isUnharmed(served, t);
  });

  test('by a request that is written in pieces, which is answered', async (t) => {
    const { procd } = await serveAndConnect(t);
    const pipe = rawReplyPipe(t, procd.address, 1);
    const request = bytesOf(
      { command: 'track-environment', root: 0, ancestors: ['_CONDOR_ANCESTOR_1=2:3:4'] },
      1,
    );
    for (let at = 0; at < request.length; at += 800) {
      writeRaw(procd.address, request.subarray(at, at + 800));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await pipe.whole(4)).readInt32LE(0), 0);
  });

  test('by a part of a request whose rest never comes', async (t) => {
    const served = await serveAndConnect(t);
    writeRaw(served.procd.address, bytesOf({ command: 'dump', root: 0 }, 1).subarray(0, 13));
    await isUnharmed(served, t);
    await waitUntil(
      () => served.procd.log().includes('bytes of a request that has no end'),
      'a line of the log',
    );
  });

  test('by bytes of any kind', async (t) => {
    const served = await serveAndConnect(t);
    const piece = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc
        .tuple(fc.nat(16), fc.array(fc.integer(), { maxLength: 6 }))
        .map(
          ([command, words]) =>
            new Uint8Array(rawRequest(3, command === 13 ? 12 : command, ...words)),
        ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        for (const bytes of pieces) {
          // "quit" is a right of whoever may write here, and so is a signal to the test itself.
          if (Buffer.from(bytes).includes(13)) continue;
          if ([5, 6, 8].includes(bytes[8]!)) continue;
          writeRaw(served.procd.address, Buffer.from(bytes));
        }
        assert.equal(await served.result({ command: 'get-usage', root: 0 }), 'success');
      }),
      { numRuns: 60 },
    );
    await isUnharmed(served, t);
  });

  test('by a reply that is a link: what it leads to stays as it is', async (t) => {
    const served = await serveAndConnect(t);
    const victim = `${temporaryDirectory(t)}/victim`;
    writeFileSync(victim, 'text');
    symlinkSync(victim, `${served.procd.address}.${process.pid}.5`);
    writeRaw(served.procd.address, bytesOf({ command: 'dump', root: 0 }, 5));
    await isUnharmed(served, t);
    assert.equal(readFileSync(victim, 'utf8'), 'text');
  });

  test('by a reply that is a file or a directory', async (t) => {
    const served = await serveAndConnect(t);
    const place = (serial: number): string => `${served.procd.address}.${process.pid}.${serial}`;
    writeFileSync(place(5), 'text');
    mkdirSync(place(6));
    for (const serial of [5, 6])
      writeRaw(served.procd.address, bytesOf({ command: 'dump', root: 0 }, serial));
    await isUnharmed(served, t);
    assert.equal(readFileSync(place(5), 'utf8'), 'text');
  });

  test('by a reply pipe of another user: it gets nothing', async (t) => {
    const served = await serveAndConnect(t);
    const place = `${served.procd.address}.${process.pid}.5`;
    makeFifo(place, 0o666);
    await runCommand(['chown', `${NOBODY}`, place]);
    const reader = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
    t.after(() => closeSync(reader));
    writeRaw(served.procd.address, bytesOf(SNAPSHOT, 5));
    await waitUntil(() => served.procd.log().includes('belongs to user'), 'a line of the log');
    await isUnharmed(served, t);
  });

  test('by a client that does not read a large dump, while others are served', async (t) => {
    const served = await serveAndConnect(t);
    const shell = startShell(t);
    assert.equal(await served.register(shell.pid), 'success');
    // 2100 processes make more than a pipe holds.
    await shell.tell(
      'for i in 1 2 3 4 5 6 7; do (i=0; while [ $i -lt 300 ]; do sleep 300 & i=$((i+1)); done; wait) & done; sleep 1',
    );
    const place = `${served.procd.address}.${process.pid}.70000`;
    makeFifo(place, 0o600);
    const reader = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
    await waitUntil(
      async () => {
        await served.ask(SNAPSHOT);
        const usage = await served.ask({ command: 'get-usage', root: shell.pid });
        return usage.body === 'usage' && usage.usage.processes >= 2108;
      },
      'all processes',
      60,
    );
    writeRaw(served.procd.address, bytesOf({ command: 'dump', root: shell.pid }, 70000));
    await isUnharmed(served, t);
    const dump = await served.ask({ command: 'dump', root: shell.pid });
    assert.ok(dump.body === 'dump' && dump.families[0]!.processes.length >= 2108);
    closeSync(reader);
    rmSync(place);
    await served.ask({ command: 'kill-family', root: shell.pid });
    await isUnharmed(served, t);
  });

  test('by a flood: everybody is answered', async (t) => {
    const { client, procd } = await serveAndConnect(t);
    const ancestors = ['_CONDOR_ANCESTOR_1=2:3:4'];
    const one = client;
    const other = connectTo(t, procd.address).client;
    const rounds = Array.from({ length: 40 }, async () => {
      for (let index = 0; index < 25; index += 1) {
        const answers = await Promise.all([
          one.ask({ command: 'track-environment', root: 4_100_000, ancestors }),
          other.ask({ command: 'get-usage', root: 0 }),
        ]);
        assert.ok(!answers[0].ok && answers[0].error.why === 'refused');
        assert.ok(answers[1].ok);
      }
    });
    await Promise.all(rounds);
  });

  test('by writers of 2392 bytes at the same time: no request is mixed with another', async (t) => {
    const served = await serveAndConnect(t);
    const request = bytesOf(
      { command: 'track-environment', root: 4_100_000, ancestors: ['_CONDOR_ANCESTOR_1=2:3:4'] },
      1,
    );
    const file = `${temporaryDirectory(t)}/request`;
    writeFileSync(file, request);
    const script = 'i=0; while [ $i -lt 1000 ]; do cat "$0" >&3; i=$((i+1)); done 3>"$1"';
    const writers = [1, 2].map(() => runCommand(['sh', '-c', script, file, served.procd.address]));
    for (const { status, stderr } of await Promise.all(writers)) assert.equal(status, 0, stderr);
    await isUnharmed(served, t);
    await waitUntil(
      () =>
        (served.procd.log().match(/^.* : track-environment 4100000 .*: family-not-found$/gm) ?? [])
          .length === 2000,
      () => `2000 requests in the log`,
      60,
    );
    assert.ok(!served.procd.log().includes('skipped'));
  });

  test('by other users: they cannot open its pipes', async (t) => {
    const { procd } = await serveAndConnect(t);
    for (const path of [procd.address, `${procd.address}.watchdog`]) {
      const { status } = await runCommand([...asUser(NOBODY, ['sh', '-c', `: >>${path}`])]);
      assert.notEqual(status, 0);
    }
    assert.ok(existsSync(procd.address));
  });
});
