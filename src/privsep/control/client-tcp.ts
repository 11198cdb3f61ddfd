/** Connecting to the daemon over TCP, where inetd serves a port of this machine: `inetd.ts`. */
import fs from 'node:fs';
import net from 'node:net';
import { err, ok, type Result } from '../../result';
import { type ClientListener, ControlClient } from './client';
import { encodeFrame, FrameReader } from './frames';
import { isProofPath, PROOF_MODE } from './proof';
import { decodeMessage } from './protocol';
import type { JsonObject } from './types';

/** The port of Legion's daemon. */
export const DEFAULT_PORT = 4000;

/** Milliseconds that all may take until the daemon answers. */
const PATIENCE = 20_000;

/**
 * Connects over TCP and proves who this process's user is, by a directory that is made and removed.
 *
 * @param address a loopback address
 * @returns a sentence where that cannot be done
 */
export async function connectControlTcp(
  port: number = DEFAULT_PORT,
  address = '127.0.0.1',
  listener: ClientListener = {},
): Promise<Result<ControlClient, string>> {
  const stream = net.connect(port, address);
  const messages = new Messages(stream);
  const timer = setTimeout(() => stream.destroy(new Error('no answer came in time')), PATIENCE);
  const proven = await prove(stream, messages);
  clearTimeout(timer);
  messages.stop();
  if (!proven.ok) {
    stream.destroy();
    return err(`cannot connect to port ${port} of ${address}: ${proven.error}`);
  }
  stream.removeAllListeners('error');
  const client = new ControlClient(stream, undefined, listener);
  stream.resume();
  return ok(client);
}

async function prove(stream: net.Socket, messages: Messages): Promise<Result<void, string>> {
  const asked = await messages.next();
  if (!asked.ok) return asked;
  const { directory, event } = asked.value;
  if (event !== 'prove' || typeof directory !== 'string' || !isProofPath(directory)) {
    return err(refusalOf(asked.value) ?? 'the daemon asks for no proof');
  }
  try {
    fs.mkdirSync(directory);
    fs.chmodSync(directory, PROOF_MODE);
  } catch (error) {
    return err((error as Error).message);
  }
  const told = encodeFrame({ id: 0, op: 'proven' });
  if (told !== undefined) stream.write(told);
  const answer = await messages.next();
  removeProof(directory);
  if (!answer.ok) return answer;
  return answer.value['ok'] === true ? ok(undefined) : err(refusalOf(answer.value) ?? 'refused');
}

/** The daemon removes it as well, if it gets that far. */
function removeProof(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // It is gone.
  }
}

function refusalOf({ text }: JsonObject): string | undefined {
  return typeof text === 'string' ? text : undefined;
}

/** Messages of a stream, one after the other. */
class Messages {
  readonly #reader = new FrameReader();
  readonly #came: Buffer[] = [];
  #end: string | undefined;
  #wake: () => void = () => undefined;
  readonly #take = (bytes: Buffer): void => {
    const messages = this.#reader.push(bytes);
    if (messages === undefined) this.#end = 'the daemon does not speak the protocol';
    this.#came.push(...(messages ?? []));
    this.#wake();
  };

  constructor(private readonly stream: net.Socket) {
    const end = (why: string) => {
      this.#end ??= why;
      this.#wake();
    };
    stream.on('data', this.#take);
    stream.on('error', ({ message }) => end(message));
    stream.once('close', () => end('the daemon has hung up'));
  }

  async next(): Promise<Result<JsonObject, string>> {
    for (;;) {
      const bytes = this.#came.shift();
      if (bytes !== undefined) {
        const message = decodeMessage(bytes);
        return message === undefined ? err('the daemon does not speak the protocol') : ok(message);
      }
      if (this.#end !== undefined) return err(this.#end);
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  /** Leaves what comes from now on, and what is here already, to somebody else. */
  stop(): void {
    this.stream.off('data', this.#take);
    this.stream.pause();
    for (const bytes of this.#came.splice(0).reverse()) {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bytes.length);
      this.stream.unshift(Buffer.concat([head, bytes]));
    }
  }
}
