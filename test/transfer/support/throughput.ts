/**
 * How fast transfers are over loopback: the starter's side here, the shadow's in a process of its
 * own, both with AES-GCM. scripts/bench/transfer.mjs runs it.
 */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { CedarSocket } from '../../../src/condor/cedar/connection';
import { deriveSessionKey } from '../../../src/condor/cedar/packet-cipher';
import { receiveInput } from '../../../src/condor/transfer/receive-input';
import { sendOutput } from '../../../src/condor/transfer/send-output';
import { inputRequest, outputRequest } from './requests';
import { makeSandbox } from './sandbox';
import { type Item, Shadow } from './shadow';

const MIB = 1 << 20;

interface Load {
  readonly name: string;
  readonly files: number;
  readonly size: number;
  readonly chunk: number;
}

const LOADS: readonly Load[] = [
  { name: '1 file of 1 GiB', files: 1, size: 1024 * MIB, chunk: 262_144 },
  { name: '2,000 files of 1 KiB', files: 2000, size: 1024, chunk: 262_144 },
];

function encrypted(socket: net.Socket): CedarSocket {
  const connection = new CedarSocket(socket, '<127.0.0.1:1>');
  connection.encrypt(deriveSessionKey('key'));
  return connection;
}

/** The shadow's process: serves one transfer a connection, `input` or `output` and a load. */
function serve(direction: string, load: Load): void {
  const server = net.createServer((socket) => {
    const shadow = new Shadow(encrypted(socket));
    const work =
      direction === 'input' ? give(shadow, load) : shadow.receiveOutput({ discard: true });
    void work.then(() => server.close());
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as net.AddressInfo).port));
}

async function give(shadow: Shadow, { files, size, chunk }: Load): Promise<void> {
  await shadow.beginInput(files * size);
  const text = Buffer.alloc(Math.min(size, 64 * MIB), 'x');
  for (let i = 0; i < files; i += 1) {
    const item: Item = { name: `f${i}`, text, chunk };
    if (size > text.length) {
      await giveLarge(shadow, item, size, text);
    } else if (i === 0) await shadow.sendItems([item]);
    else {
      void shadow.say((m) => m.int(1));
      void shadow.say((m) => m.string(`f${i}`));
      void shadow.say((m) => m.int(0o644));
      void shadow.say((m) => m.int(size).int(chunk));
      await shadow.connection.sendBytes(text);
    }
  }
  await shadow.endInput();
}

async function giveLarge(shadow: Shadow, item: Item, size: number, text: Buffer): Promise<void> {
  await shadow.say((m) => m.int(1));
  await shadow.say((m) => m.string(item.name));
  await shadow.goAheadAsSender();
  await shadow.say((m) => m.int(0o644));
  await shadow.say((m) => m.int(size).int(262_144));
  for (let at = 0; at < size; at += 262_144) {
    await shadow.connection.sendBytes(text.subarray(0, 262_144));
  }
}

async function measure(direction: 'input' | 'output', load: Load): Promise<void> {
  const endings: (() => void)[] = [];
  const { files, size } = load;
  const script =
    direction === 'input'
      ? ':'
      : `for i in $(seq ${files}); do head -c ${size} /dev/zero > f$i; done`;
  const sandbox = await makeSandbox({ after: (work) => void endings.push(work) }, script);
  const child = fork(__filename, ['serve', direction, JSON.stringify(load)]);
  const port = await new Promise<number>((resolve) =>
    child.once('message', (m) => resolve(m as number)),
  );
  const socket = net.connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  const near = encrypted(socket);
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const outcome =
    direction === 'input'
      ? await receiveInput(inputRequest(sandbox, near))
      : await sendOutput(
          outputRequest(
            sandbox,
            near,
            Array.from({ length: files }, (_, i) => `f${i + 1}`),
          ),
        );
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  const rate = outcome.statistics.bytes / seconds / 1e6;
  const rss = fs.readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)?.[1] ?? '0';
  process.stdout.write(
    `${direction.padEnd(7)}${load.name.padEnd(22)} ${seconds.toFixed(2)} s ${rate.toFixed(0).padStart(5)} MB/s` +
      ` CPU ${((used.user + used.system) / 1e6).toFixed(2)} s, peak ${Math.round(Number(rss) / 1024)} MiB` +
      ` ${outcome.failure?.reason ?? ''}\n`,
  );
  endings.forEach((end) => end());
}

async function main(): Promise<void> {
  const [role, direction, load] = process.argv.slice(2);
  if (role === 'serve') serve(direction ?? '', JSON.parse(load ?? '') as Load);
  else if (role !== undefined) {
    const one = LOADS[Number(role)];
    if (one !== undefined) await measure(direction as 'input' | 'output', one);
  } else {
    for (const one of LOADS) {
      await measure('input', one);
      await measure('output', one);
    }
  }
}

void main();
