/**
 * eyrie-control under AddressSanitizer and UndefinedBehaviorSanitizer: its frames fuzzed, and the whole
 * program between clients and a procd that say whatever comes to their mind.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import {
  decodeFrontRecord,
  encodeFrontLimits,
  encodeFrontRecord,
  FRONT_RECORD_SIZE,
  type FrontRecord,
} from '../../src/kernel/front-records';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { sanitized } from './sanitized';

const LIMITS = {
  ...{ frameBytes: 4096, connections: 64, perUser: 64 },
  ...{ frameMs: 200, lingerMs: 100, outputBytes: 16_384 },
};

describe('the cutter of frames', () => {
  for (const seed of [1, 2, 3]) {
    test(`gives what was sent and reads no byte too far, with seed ${seed}`, () => {
      const output = execFileSync(sanitized('control-fuzz'), ['100000', String(seed)], {
        encoding: 'utf8',
      });
      const [, whole, refused] = /^whole (\d+) refused (\d+)\n$/.exec(output) ?? [];
      assert.ok(Number(whole) > 100_000 && Number(refused) > 10_000, output);
    });
  }
});

/** Puts the program between a listening socket and this process. */
const LAUNCHER = `
import os, socket, sys
listener = socket.socket(socket.AF_UNIX); listener.bind(sys.argv[1] + '/clients'); listener.listen(128)
procd, packets = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
procd.connect(sys.argv[1] + '/procd'); packets.connect(sys.argv[1] + '/packets')
for number, s in enumerate((listener, procd, packets)): os.dup2(s.fileno(), 10 + number)
for number in (3, 4, 5): os.dup2(number + 7, number); os.set_inheritable(number, True)
os.closerange(6, 64)
os.execv(sys.argv[2], ['eyrie-control'])`;

interface Running {
  /** What procd says is written here. */
  readonly procd: net.Socket;
  readonly clients: string;
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly stderr: () => string;
}

async function start(t: TestContext): Promise<Running> {
  const place = temporaryDirectory(t, { mode: 0o755 });
  const accept = (name: string) =>
    new Promise<net.Socket>((resolve) => {
      const server = net.createServer(resolve).listen(`${place}/${name}`);
      t.after(() => server.close());
    });
  const ends = [accept('procd'), accept('packets')];
  await waitUntil(() => ends.length === 2, 'the servers');
  const child = spawn('python3', ['-c', LAUNCHER.trim(), place, sanitized('eyrie-control')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...end) => resolve(end)),
  );
  const [procd, packets] = await Promise.all(ends);
  for (const socket of [procd!, packets!]) {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
  }
  packets!.resume();
  return { procd: procd!, clients: `${place}/clients`, ended, stderr: () => stderr };
}

const BEGIN = encodeFrontRecord('begin', 0, encodeFrontLimits(LIMITS));

/** Calls back with each record of the front's. */
function listen(procd: net.Socket, told: (record: FrontRecord) => void): void {
  let held = Buffer.alloc(0);
  procd.on('data', (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= FRONT_RECORD_SIZE) {
      const record = decodeFrontRecord(held);
      if (held.length < FRONT_RECORD_SIZE + record.length) return;
      held = held.subarray(FRONT_RECORD_SIZE + record.length);
      told(record);
    }
  });
}

/** Numbers that are the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % sides;
  };
}

/** A client that sends right frames, broken ones and rubbish, reads or not, and goes when he likes. */
async function misbehave(clients: string, roll: (sides: number) => number): Promise<void> {
  const socket = net.connect({ path: clients });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (roll(2) === 0) socket.resume();
  for (let frames = roll(6); frames > 0 && !socket.destroyed; frames--) {
    const body = Buffer.alloc(1 + roll(roll(4) === 0 ? 5000 : 50), roll(256));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(roll(12) === 0 ? roll(0x7fffffff) : body.length);
    const frame = Buffer.concat([head, body]);
    const at = roll(frame.length + 1);
    socket.write(frame.subarray(0, at));
    await new Promise((resolve) => setTimeout(resolve, roll(4)));
    if (roll(5) > 0) socket.write(frame.subarray(at));
  }
  if (roll(3) === 0) socket.end();
  // Who does not read never sees that he was hung up on.
  setTimeout(() => socket.destroy(), roll(400));
  await closed;
}

describe('the sanitized eyrie-control', { skip: skipIf(needsRoot()) }, () => {
  test('serves whoever comes, and whatever procd says, without a fault', async (t) => {
    const { clients, ended, procd, stderr } = await start(t);
    const roll = dice(5);
    const seen = { opened: 0, frame: 0, fault: 0, closed: 0 };
    const say = (kind: 'admit' | 'ready' | 'close' | 'send', connection: number, bytes?: Buffer) =>
      procd.write(encodeFrontRecord(kind, connection, bytes));
    listen(procd, ({ connection, kind }) => {
      if (kind !== undefined && kind in seen) seen[kind as keyof typeof seen] += 1;
      if (kind === 'opened') say(roll(10) === 0 ? 'close' : 'admit', connection);
      if (kind === 'fault') say('close', connection);
      if (kind !== 'frame') return;
      say('send', connection, Buffer.alloc(roll(roll(5) === 0 ? 20_000 : 100)));
      say(roll(8) === 0 ? 'close' : 'ready', connection);
      // To those who are gone, and to nobody.
      say('send', (connection - 1024 * roll(4)) >>> 0, Buffer.alloc(roll(50)));
      say('ready', roll(0x7fffffff));
    });
    procd.write(BEGIN);
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 100 }, () => misbehave(clients, roll)));
    }
    procd.end();
    assert.deepEqual(await ended, [0, null], stderr());
    for (const [kind, count] of Object.entries(seen)) assert.ok(count > 20, `${kind} ${count}`);
  });

  test('ends at the first thing that procd would not say', async (t) => {
    const endless = Buffer.from(encodeFrontRecord('send', 1));
    endless.writeUInt32LE(0x7fffffff, 0);
    const unknown = Buffer.from(encodeFrontRecord('send', 1));
    unknown.writeUInt32LE(77, 4);
    const many = encodeFrontLimits({ ...LIMITS, connections: 1025 });
    const broken = [
      [BEGIN, BEGIN],
      [encodeFrontRecord('begin', 0, many)],
      [encodeFrontRecord('begin', 0)],
      [encodeFrontRecord('begin', 0, encodeFrontLimits(LIMITS), 1)],
      [BEGIN, endless],
      [BEGIN, unknown],
      [BEGIN, encodeFrontRecord('ready', 1, Buffer.alloc(1))],
      [Buffer.alloc(100, 0xff)],
      [],
    ];
    for (const records of broken) {
      const { ended, procd, stderr } = await start(t);
      procd.resume();
      procd.write(Buffer.concat(records));
      if (records.length === 0) procd.end();
      assert.deepEqual(await ended, [0, null], stderr());
    }
  });
});
