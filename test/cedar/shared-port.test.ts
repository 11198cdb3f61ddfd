/**
 * Connections that are passed through a Unix socket, received with the native library by a process
 * that got its listening socket as a starter does.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CommandServer, listenShared } from '../../src/condor/cedar';
import { receive } from '../../src/kernel/border-sockets';
import { program, runProgram, suite } from '../kernel/support/program';
import { needsProduct, skipIf } from '../support/need';
import { bytesOf, recording } from './support/fixtures';

declare const __EYRIE_ROOT__: string;

/** What the process is to wait for. */
interface Wanted {
  readonly session: { readonly id: string; readonly key: string };
  readonly commands: number;
  readonly troubles: number;
}

/** What it saw. */
interface Seen {
  readonly signals: number[];
  readonly troubles: string[];
  /** Descriptors that were open before, and after. */
  readonly descriptors: [number, number];
}

program(async (input) => {
  const wanted = input as Wanted;
  const seen: Seen = { signals: [], troubles: [], descriptors: [0, 0] };
  const server = new CommandServer({
    version: '',
    findSession: (id) => (id === wanted.session.id ? wanted.session : undefined),
    mayUse: () => true,
    handle: (connection) => {
      void connection
        .receive((message) => message.int())
        .then((signal) => {
          seen.signals.push(signal.ok ? signal.value : -1);
          connection.close();
        });
    },
    onRefused: ({ reason }) => void seen.troubles.push(reason),
  });
  // The library opens files of its own when it is first used.
  receive(0, Buffer.alloc(1));
  seen.descriptors[0] = openDescriptors();
  const listener = listenShared({
    descriptor: 9,
    accept: (socket) => server.accept(socket),
    receiveDescriptor: (socket, buffer) => {
      const { returned, result } = receive(socket, buffer);
      return { bytes: returned, descriptor: result.descriptor };
    },
    onTrouble: (reason) => void seen.troubles.push(reason),
  });
  const enough = (): boolean =>
    seen.signals.length >= wanted.commands && seen.troubles.length >= wanted.troubles;
  for (const end = Date.now() + 20_000; !enough() && Date.now() < end;) await later(20);
  // Closing takes a turn or two of the event loop.
  await later(100);
  seen.descriptors[1] = openDescriptors();
  listener.close();
  return seen;
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

async function later(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const RECORDED = recording('wire-25.14.1-server cmd46423');
const SESSION = {
  id: '079b0f69d36b06c8a2d0485206c68e26238910cb5b3b853d',
  key: RECORDED.secret,
};
const SAY = Buffer.concat(bytesOf(RECORDED.frames)).toString('hex');

/** Runs the process with a shared port daemon that does what the steps say. */
async function run(
  steps: readonly object[],
  counts: { readonly commands: number; readonly troubles: number },
): Promise<Seen> {
  const daemon = path.join(__EYRIE_ROOT__, 'test/cedar/support/shared-port.py');
  const by = ['python3', daemon, JSON.stringify(steps)];
  return (await runProgram({ session: SESSION, ...counts }, { by })) as Seen;
}

suite('a connection from the shared port daemon', { skip: skipIf(needsProduct()) }, () => {
  const ways: readonly [string, object, number][] = [
    ['is received', { say: SAY }, 1],
    ['is received when it comes byte by byte', { say: SAY, how: 'slow' }, 1],
    ['is received when it comes in one piece', { say: SAY, how: 'joined' }, 1],
    ['is received once though it comes twice', { say: SAY, how: 'two' }, 1],
    ['is received among a hundred', { say: SAY, times: 100 }, 100],
  ];
  for (const [what, step, commands] of ways) {
    test(what, async () => {
      const seen = await run([step], { commands, troubles: 0 });
      assert.deepEqual(seen.signals, Array(commands).fill(100));
      assert.deepEqual(seen.troubles, []);
      // The listening socket is there before and after; the rest is closed.
      assert.ok(seen.descriptors[1] <= seen.descriptors[0] + 1, String(seen.descriptors));
    });
  }

  const others: readonly [string, object, RegExp][] = [
    ['a file', { pass: 'file' }, /is no socket/],
    ['a UDP socket', { pass: 'udp' }, /is no socket/],
    ['a Unix socket', { pass: 'unix' }, /not connected over TCP/],
    ['a listening socket', { pass: 'listener' }, /not connected over TCP/],
    ['nothing', { raw: '' }, /ended after 0 bytes/],
    ['half an announcement', { raw: '0100000008' }, /ended after 5 bytes/],
    ['no descriptor', { raw: '0100000008000000000000004c00' }, /no descriptor/],
    ['another message', { raw: '0100000008000000000000004d00' }, /did not say/],
  ];
  for (const [what, step, words] of others) {
    test(`is not taken for one where it is ${what}, and others still come`, async () => {
      const seen = await run([step, { say: SAY }], { commands: 1, troubles: 1 });
      assert.deepEqual(seen.signals, [100]);
      assert.equal(seen.troubles.length, 1);
      assert.match(seen.troubles[0]!, words);
      assert.ok(seen.descriptors[1] <= seen.descriptors[0] + 1, String(seen.descriptors));
    });
  }
});
