/** The shadow's side of file transfer, played. */
import type { CedarConnection } from '../../../src/condor/cedar';
import type { ClassAd } from '../../../src/condor/classad';
import type { Result } from '../../../src/result';
import { adOf } from './ads';

/** What a shadow does with the connection of a transfer, after the key; what it throws ends it. */
export type TransferScript = (connection: CedarConnection, attempt: number) => Promise<void>;

/** A file to send: contents, or so many zeros. */
export interface PlayedFile {
  readonly name: string;
  readonly contents: string | number;
}

const CHUNK = 262_144;

/** The value of a result, whose error ends the script. */
export async function sure<T>(result: Promise<Result<T, { readonly reason: string }>>): Promise<T> {
  const done = await result;
  if (!done.ok) throw new Error(done.error.reason);
  return done.value;
}

/** Sends files as a genuine shadow does. */
export async function sendFiles(
  connection: CedarConnection,
  files: readonly PlayedFile[],
  report: ClassAd = adOf({ Result: '0' }),
): Promise<void> {
  await sure(connection.send((m) => m.int(0).ad(adOf({ SandboxSize: '1' }))));
  for (const [index, file] of files.entries()) {
    await sure(connection.send((m) => m.int(1)));
    await sure(connection.send((m) => m.string(file.name)));
    if (index === 0) await goAheadOfSender(connection);
    await sendBody(connection, file.contents);
  }
  await sure(connection.send((m) => m.int(0)));
  await sure(connection.send((m) => m.ad(report)));
  await sure(connection.receive((m) => m.ad()));
}

async function goAheadOfSender(connection: CedarConnection): Promise<void> {
  await sure(connection.send((m) => m.int(300)));
  await sure(connection.receive((m) => m.ad()));
  await sure(connection.receive((m) => m.int()));
  await sure(connection.send((m) => m.ad(adOf({ Result: '2' }))));
}

async function sendBody(connection: CedarConnection, contents: string | number): Promise<void> {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : undefined;
  const size = bytes?.length ?? Number(contents);
  await sure(connection.send((m) => m.int(0o755)));
  await sure(connection.send((m) => m.int(size).int(CHUNK)));
  if (size === 0) await sure(connection.send((m) => m.int(666)));
  const zeros = Buffer.alloc(Math.min(size, CHUNK));
  for (let at = 0; at < size; at += CHUNK) {
    const end = Math.min(size, at + CHUNK);
    await sure(connection.sendBytes(bytes?.subarray(at, end) ?? zeros.subarray(0, end - at)));
  }
}

/** What came of an output transfer. */
export interface ReceivedOutput {
  /** Without it the spool's. */
  readonly final: boolean;
  /** Names, with what the first kilobyte of each said, and its size. */
  readonly files: Map<string, { readonly text: string; readonly size: number }>;
  /** The starter's final report. */
  report: ClassAd | undefined;
}

/** How a shadow takes output; each left out: as a genuine one. */
export interface Taking {
  /** Answers the request for a go-ahead. */
  readonly goAhead?: ClassAd;
  /** Called for each piece of a file: to stall, or to throw. */
  readonly onPiece?: (received: number) => void | Promise<void>;
  /** The shadow's own final report. */
  readonly report?: ClassAd;
}

const TEXT = 1024;

/** Receives output as a genuine shadow does. */
export async function receiveFiles(
  connection: CedarConnection,
  { goAhead, onPiece, report }: Taking = {},
): Promise<ReceivedOutput> {
  const final = await sure(
    connection.receive((m) => {
      const value = m.int();
      m.ad();
      return value;
    }),
  );
  const output: ReceivedOutput = { final: final === 1, files: new Map(), report: undefined };
  for (let first = true; ; first = false) {
    const command = await sure(connection.receive((m) => m.int()));
    if (command === 0) break;
    const name = await sure(connection.receive((m) => m.string()));
    if (first) await goAheadOfReceiver(connection, goAhead);
    if (command === 6) await sure(connection.receive((m) => m.int()));
    else output.files.set(name, await receiveBody(connection, onPiece));
  }
  output.report = await sure(connection.receive((m) => m.ad()));
  await sure(connection.send((m) => m.ad(report ?? adOf({ Result: '0' }))));
  return output;
}

async function goAheadOfReceiver(
  connection: CedarConnection,
  goAhead: ClassAd = adOf({ Result: '2', MaxTransferBytes: '-1' }),
): Promise<void> {
  await sure(connection.receive((m) => m.int()));
  await sure(connection.send((m) => m.ad(goAhead)));
  await sure(connection.send((m) => m.int(300)));
  await sure(connection.receive((m) => m.ad()));
}

async function receiveBody(
  connection: CedarConnection,
  onPiece: Taking['onPiece'],
): Promise<{ readonly text: string; readonly size: number }> {
  await sure(connection.receive((m) => m.int()));
  const { size, chunk } = await sure(
    connection.receive((m) => ({ size: m.int(), chunk: m.int() })),
  );
  let text = '';
  let received = 0;
  if (size === 0) await sure(connection.receive((m) => m.int()));
  for (let left = size; left > 0; left -= chunk) {
    const take = async (piece: Buffer): Promise<void> => {
      if (text.length < TEXT) text += piece.toString('latin1', 0, TEXT);
      received += piece.length;
      await onPiece?.(received);
    };
    await sure(connection.receiveBytes(Math.min(chunk, left), take));
  }
  return { text: text.slice(0, TEXT), size };
}
