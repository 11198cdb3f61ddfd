/**
 * What a client and procd_ctl were seen to ask HTCondor's procd, asked of ours: its answers are the
 * same, but for pids, birthdays and sizes, and what a test uses of the processor.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CURRENT_DIALECT, ReplyReader } from '../../src/family/wire';
import { controlFlags, keepBusy, layOut } from '../control/support/daemon';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { rawReplyPipe, startOurProcd, writeRaw } from './support/our-procd';
import {
  allocatingSession,
  associatingSession,
  type Exchange,
  fromHex,
  type Session,
} from './support/recorded';
import { type Shell, startShell } from './support/shells';

/** Numbers that are the same only on the same machine at the same time. */
const VARYING = new Set([
  ...['maxImageSize', 'imageSize', 'resident', 'userCpu', 'systemCpu', 'percentCpu', 'birthday'],
]);

/** How many are left to be counted after a kill is up to who reaps them. */
const AFTER_KILL = 'usage after kill';

/** The request with the pids of this run. */
function requestOf(hex: string, pids: ReadonlyMap<number, number>): Buffer {
  const bytes = fromHex(hex);
  for (let at = 0; at + 4 <= Math.min(bytes.length, 20); at += 4) {
    const now = pids.get(bytes.readInt32LE(at));
    if (now !== undefined) bytes.writeInt32LE(now, at);
  }
  // The login of the recording has processes on a machine where tests run; this one, as long, has none.
  const login = bytes.indexOf('nobody\0');
  if (login >= 0) bytes.write('backup', login, 'latin1');
  return bytes;
}

/** A reply as text, without what varies; pids by their order of appearance. */
function comparable(exchange: Exchange, reply: Buffer, known: ReadonlyMap<number, string>): string {
  const command = CURRENT_DIALECT.commands[fromHex(exchange.request).readInt32LE(8)]!;
  const read = new ReplyReader(CURRENT_DIALECT, command).push(reply);
  const names = new Map(known);
  return JSON.stringify(read, (key, value: unknown) => {
    if (VARYING.has(key)) return typeof value;
    if (!['pid', 'ppid', 'root', 'parentRoot', 'watcher'].includes(key)) return value;
    const pid = value as number;
    const name = pid === 0 ? '0' : (names.get(pid) ?? `process ${names.size}`);
    names.set(pid, name);
    return name;
  });
}

async function replay(
  t: { after(ending: () => void): void },
  session: Session,
  flags: readonly string[],
  before: (exchange: Exchange, shell: Shell) => Promise<void>,
): Promise<void> {
  const { address } = await startOurProcd(t, { flags: ['-S', '60', '-C', '0', ...flags] });
  const shell = startShell(t);
  const { clientPid, jobRootPid } = session as Session & { jobRootPid: number };
  const now = new Map([
    [clientPid, process.pid],
    [jobRootPid, shell.pid],
  ]);
  for (const [index, exchange] of session.exchanges.entries()) {
    await before(exchange, shell);
    const request = requestOf(exchange.request, now);
    request.writeInt32LE(index, 4);
    const pipe = rawReplyPipe(t, address, index);
    writeRaw(address, request);
    const expected = fromHex(exchange.reply);
    const reply = await pipe.whole(expected.length);
    if (exchange.name === AFTER_KILL) continue;
    assert.equal(
      comparable(
        exchange,
        reply,
        new Map([
          [process.pid, 'client'],
          [shell.pid, 'job'],
        ]),
      ),
      comparable(
        exchange,
        expected,
        new Map([
          [clientPid, 'client'],
          [jobRootPid, 'job'],
        ]),
      ),
      exchange.name,
    );
  }
}

describe('the recorded sessions', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('of a client whose groups procd chooses', (t) =>
    replay(t, allocatingSession, ['-G', '7001', '7002'], async ({ name }, shell) => {
      if (name === 'snapshot') await shell.tell('sleep 100 & sleep 100 &');
    }));

  test('are the same while the control endpoint is busy', async (t) => {
    const place = layOut(t);
    let stop = (): Promise<number> => Promise.resolve(0);
    const flags = ['-G', '7001', '7002', ...controlFlags(place)];
    let answers = 0;
    await replay(t, allocatingSession, flags, async ({ name }, shell) => {
      if (name === 'snapshot') await shell.tell('sleep 100 & sleep 100 &');
      answers += await stop();
      // The pipes are there before it is.
      await waitUntil(() => existsSync(place.socket), 'the control endpoint', 30);
      stop = await keepBusy(t, place.socket, 10);
    });
    assert.ok(answers + (await stop()) > 100, `${answers}`);
  });

  test('of a client that chooses groups itself', (t) =>
    replay(t, associatingSession, ['-G', '7001', '7002', '-E'], () => Promise.resolve()));
});
