/** eyrie-control by itself: descriptors, time limits, and clients who do not read. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { describe, test } from 'node:test';
import { connect, listen, send } from '../../src/kernel/border-sockets';
import { type FrontChannel, type FrontListener, startFront } from '../../src/kernel/front-channel';
import type { FrontLimits } from '../../src/kernel/front-records';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type Ending, temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { frameOf } from './support/raw';

const LIMITS: FrontLimits = {
  ...{ frameBytes: 1024, connections: 8, perUser: 8 },
  ...{ frameMs: 100, lingerMs: 200, outputBytes: 100_000 },
};

interface Told {
  readonly what: string;
  readonly connection?: number;
  readonly text?: string;
  readonly descriptors?: readonly number[];
}

/** A front, what it tells, and a way to connect to it. */
class Bench {
  readonly told: Told[] = [];
  readonly front: FrontChannel;
  readonly directory: number;
  readonly #listener: number;

  constructor(t: Ending, limits: Partial<FrontLimits> = {}) {
    this.directory = fs.openSync(temporaryDirectory(t), 'r');
    this.#listener = listen(this.directory, 'socket', 0o600);
    assert.ok(this.#listener >= 0);
    const note =
      (what: string) =>
      (connection: number, ...rest: readonly unknown[]) =>
        this.told.push({ what, connection, text: rest.map(String).join(' ') });
    const listener: FrontListener = {
      opened: ({ connection }) => {
        this.told.push({ what: 'opened', connection });
        this.front.admit(connection);
      },
      frame: (connection, bytes, descriptors) => {
        this.told.push({ what: 'frame', connection, text: bytes.toString(), descriptors });
      },
      fault: note('fault'),
      closed: note('closed'),
      lost: () => this.told.push({ what: 'lost' }),
    };
    const sockets = { listener: this.#listener, handovers: undefined };
    const started = startFront(sockets, { ...LIMITS, ...limits }, listener);
    assert.ok(started.ok);
    this.front = started.value;
    t.after(() => {
      this.front.end();
      fs.closeSync(this.#listener);
      fs.closeSync(this.directory);
    });
  }

  /** A descriptor of a client; it is closed with the test. */
  connect(t: Ending): number {
    const fd = this.connectRaw();
    t.after(() => fs.closeSync(fd));
    return fd;
  }

  /** A descriptor of a client, the caller's to close. */
  connectRaw(): number {
    const fd = connect(this.directory, 'socket');
    assert.ok(fd >= 0, `${fd}`);
    return fd;
  }

  async waitFor(what: string, count = 1): Promise<readonly Told[]> {
    const found = (): readonly Told[] => this.told.filter((each) => each.what === what);
    await waitUntil(
      () => found().length >= count,
      () => `${what} among ${JSON.stringify(this.told)}`,
    );
    return found();
  }
}

describe('eyrie-control', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('passes descriptors on with their frame, in order', async (t) => {
    const bench = new Bench(t);
    const client = bench.connect(t);
    const places = ['/', '/proc', '/dev', '/usr', '/etc', '/var', '/tmp', '/sys'];
    const opened = places.map((place) => fs.openSync(place, 'r'));
    assert.ok(send(client, frameOf('first'), opened) > 0);
    const [first] = await bench.waitFor('frame');
    assert.equal(first?.text, 'first');
    const inodes = (fds: readonly number[] = []) => fds.map((fd) => fs.fstatSync(fd).ino);
    assert.deepEqual(inodes(first.descriptors), inodes(opened));
    [...opened, ...(first.descriptors ?? [])].forEach((fd) => fs.closeSync(fd));
    assert.ok(send(client, frameOf('second'), []) > 0);
    // The next frame is not read before this one is answered.
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(bench.told.filter(({ what }) => what === 'frame').length, 1);
    bench.front.ready(first.connection ?? 0);
    const [, second] = await bench.waitFor('frame', 2);
    assert.deepEqual([second?.text, second?.descriptors], ['second', []]);
  });

  test('takes hundreds of descriptors from many at once', async (t) => {
    const bench = new Bench(t, { connections: 64, perUser: 64 });
    const clients = Array.from({ length: 60 }, () => bench.connect(t));
    for (const client of clients)
      assert.ok(send(client, frameOf('x'), Array<number>(8).fill(client)) > 0);
    const frames = await bench.waitFor('frame', 60);
    const descriptors = frames.flatMap((frame) => frame.descriptors ?? []);
    assert.equal(new Set(descriptors).size, 480);
    descriptors.forEach((fd) => fs.closeSync(fd));
  });

  test('takes none in the middle of a frame, and no more than eight', async (t) => {
    const bench = new Bench(t);
    const late = bench.connect(t);
    const frame = frameOf('with some more');
    assert.equal(send(late, frame.subarray(0, 6), []), 6);
    assert.ok(send(late, frame.subarray(6), [late]) > 0);
    const [fault] = await bench.waitFor('fault');
    assert.equal(fault?.text, 'descriptors');
    const many = `
import array, os, socket
s = socket.socket(socket.AF_UNIX); s.connect('/proc/self/fd/3/socket')
fds = array.array('i', [0] * 9)
s.sendmsg([b'\\1\\0\\0\\0x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
try: s.recv(1)
except ConnectionResetError: pass`;
    const child = spawn('python3', ['-c', many], {
      stdio: ['ignore', 'ignore', 'inherit', bench.directory],
    });
    t.after(() => child.kill('SIGKILL'));
    const [, second] = await bench.waitFor('fault', 2);
    assert.equal(second?.text, 'descriptors');
  });

  test('waits so long for the rest of a frame, and as long as need be for the next', async (t) => {
    const bench = new Bench(t);
    const silent = bench.connect(t);
    const slow = bench.connect(t);
    await bench.waitFor('opened', 2);
    assert.equal(send(slow, frameOf('slow').subarray(0, 5), []), 5);
    const [fault] = await bench.waitFor('fault');
    assert.equal(fault?.text, 'slow');
    assert.ok(send(silent, frameOf('still here'), []) > 0);
    const [frame] = await bench.waitFor('frame');
    assert.equal(frame?.text, 'still here');
  });

  test('cuts off who does not read what he is told', async (t) => {
    const bench = new Bench(t);
    const client = bench.connect(t);
    const [opened] = await bench.waitFor('opened');
    for (let i = 0; i < 600; i++)
      bench.front.send(opened?.connection ?? 0, frameOf('x'.repeat(1000)));
    await bench.waitFor('closed');
    assert.ok(client >= 0);
  });

  test('sends all before it hangs up, and waits a moment for it to be read', async (t) => {
    const bench = new Bench(t);
    const client = new net.Socket({ fd: bench.connectRaw(), readable: true, writable: true });
    let received = 0;
    const [opened] = await bench.waitFor('opened');
    const connection = opened?.connection ?? 0;
    // What he has sent meanwhile, and nobody reads, does not break the connection.
    client.write(Buffer.alloc(50_000));
    for (let i = 0; i < 90; i++) bench.front.send(connection, frameOf('x'.repeat(1000)));
    bench.front.close(connection);
    await new Promise((resolve) => {
      client.on('data', (bytes) => (received += bytes.length)).on('close', resolve);
    });
    assert.equal(received, 90 * 1004);
  });

  test('has a number for each connection that no later one gets', async (t) => {
    const bench = new Bench(t);
    for (let i = 1; i <= 40; i++) {
      fs.closeSync(bench.connectRaw());
      await bench.waitFor('closed', i);
    }
    const numbers = bench.told
      .filter(({ what }) => what === 'opened')
      .map((each) => each.connection);
    assert.equal(new Set(numbers).size, 40);
    bench.front.send(numbers[0] ?? 0, frameOf('for nobody'));
    const client = bench.connect(t);
    await bench.waitFor('opened', 41);
    assert.ok(send(client, frameOf('x'), []) > 0);
    await bench.waitFor('frame');
  });

  test('says when it is gone', async (t) => {
    const bench = new Bench(t);
    const fronts = (): readonly string[] =>
      fs
        .readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
        .split(' ')
        .filter((pid) => pid !== '')
        .filter((pid) => fs.readFileSync(`/proc/${pid}/comm`, 'utf8') === 'eyrie-control\n');
    await waitUntil(() => fronts().length > 0, 'the front');
    for (const pid of fronts()) process.kill(Number(pid), 'SIGKILL');
    await bench.waitFor('lost');
  });
});
