/**
 * Calls the functions of node's own modules that a job's run calls: in a start-up snapshot they then
 * have their bytecode, which otherwise each start would compile.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Transform, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Leaves nothing behind: no file, no open handle.
 *
 * @param fifo a FIFO (mkfifo(1)) that nobody else has open.
 */
export async function rehearse(fifo: string): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'eyrie-snapshot-'));
  try {
    files(directory);
    buffers();
    await objectStreams();
    await pipe(fifo);
    await delay(1);
    host();
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** As sandboxes and result files are made. */
function files(directory: string): void {
  const file = path.join(directory, 'file');
  const fd = fs.openSync(file, 'wx', 0o600);
  fs.writeFileSync(fd, Buffer.from('text'));
  fs.fchmodSync(fd, 0o644);
  fs.fsyncSync(fd);
  fs.fchownSync(fd, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
  const facts = fs.fstatSync(fd);
  facts.isFile();
  facts.isCharacterDevice();
  fs.closeSync(fd);
  fs.renameSync(file, `${file}.new`);
  fs.statSync(`${file}.new`);
  fs.statSync(file, { throwIfNoEntry: false });
  fs.lstatSync(directory);
  fs.realpathSync(directory);
  fs.realpathSync.native(directory);
  fs.statfsSync(directory);
  fs.readdirSync(directory);
  fs.readFileSync(`${file}.new`, 'latin1');
  fs.readlinkSync('/proc/self/exe');
  fs.mkdirSync(path.join(directory, 'below'), { mode: 0o700 });
  fs.rmSync(`${file}.new`, { force: true });
  fs.rmSync(file, { force: true });
}

/** What is asked of the process and its host. */
function host(): void {
  clearTimeout(setTimeout(() => undefined, 1));
  const listener = (): void => undefined;
  process.on('SIGUSR2', listener).off('SIGUSR2', listener);
  process.cwd();
  os.endianness();
  os.machine();
  isatty(0);
}

/** As plans are written and records read. */
function buffers(): void {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(1, 0);
  bytes.writeInt32LE(1, 4);
  bytes.writeBigUInt64LE(1n, 8);
  bytes.write('text', 16, 'latin1');
  bytes.readUInt32LE(0);
  bytes.readInt32LE(4);
  bytes.readBigUInt64LE(8);
  bytes.toString('latin1', 16, 20);
  bytes.subarray(16).indexOf(0);
  Buffer.concat([bytes, Buffer.from('text', 'latin1')]).copy(bytes);
  Buffer.byteLength('text');
  Buffer.isBuffer(Buffer.from([1, 2]));
  Buffer.from(bytes.buffer, 0, 4).subarray(1);
  new TextDecoder().decode(new TextEncoder().encode('text'));
}

/** As winston passes its lines on. */
async function objectStreams(): Promise<void> {
  const through = new Transform({
    objectMode: true,
    transform: (chunk, _, next) => next(null, chunk),
  });
  const end = new Writable({ objectMode: true, write: (_chunk, _encoding, next) => next() });
  through.pipe(end);
  through.write({ text: 'one' });
  through.write({ text: 'two' });
  through.unpipe(end);
  await finished(end);
  const destroyed = new PassThrough();
  destroyed.destroy();
}

function finished(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.end(resolve));
}

/**
 * As the pipes of a launch are read to their end. (A pair of sockets would have to be listened for,
 * and that loads all that is needed to have child processes listen.)
 */
function pipe(fifo: string): Promise<void> {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
  const reader = new net.Socket({
    fd: fs.openSync(fifo, O_RDONLY | O_NONBLOCK),
    readable: true,
    writable: false,
  });
  const writer = fs.openSync(fifo, O_WRONLY);
  fs.writeSync(writer, Buffer.from('text'));
  fs.closeSync(writer);
  reader.on('data', (chunk: Buffer) => chunk.subarray(1));
  return new Promise((resolve, reject) => {
    reader.on('error', reject).on('close', () => resolve());
  });
}
