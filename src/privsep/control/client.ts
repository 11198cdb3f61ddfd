/**
 * The other side of the control endpoint: what `eyrie account` and the unprivileged starter speak to
 * condor_procd with. Nothing is loaded that costs time before somebody connects.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, peerUid, send } from '../../kernel/border-sockets';
import { errnoText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import { encodeFrame, FRAME_HEAD, FRAME_MAX, FrameReader } from './frames';
import { decodeMessage } from './protocol';
import { CONTROL_ERRORS, type ControlError, type ControlErrorCode, type JsonObject } from './types';

/** Where the daemon is when nothing else is said. */
export const DEFAULT_SOCKET = '/run/eyrie/control';

/** Told of what comes by itself. */
export interface ClientListener {
  /** An event: `{event, …}`. */
  event?(event: JsonObject): void;
  /** The connection is no more, and not by {@link ControlClient.close}. @param why a sentence */
  ended?(why: string): void;
}

/** open(2) of a directory that is only to be passed through; node has no name for it. */
const O_PATH = 0o10000000;

/** Milliseconds that a daemon may take to accept, and between two attempts. */
const PATIENCE = 10_000;
const RETRY_AFTER = 20;

/** Milliseconds between two attempts where the socket takes nothing more. */
const SEND_AFTER = 5;

const { EAGAIN, ECONNREFUSED, ENOENT } = os.constants.errno;

/**
 * Connects to the daemon.
 *
 * @param socket its path
 * @returns a sentence where there is none, or where it is not root's
 */
export async function connectControl(
  socket: string,
  listener: ClientListener = {},
): Promise<Result<ControlClient, string>> {
  const connected = await connectTo(socket);
  if (!connected.ok) return connected;
  const fd = connected.value;
  // What is sent is for root's daemon only.
  if (peerUid(fd) !== 0) {
    fs.closeSync(fd);
    return err(`${socket} is not served by root`);
  }
  const stream = new net.Socket({ fd, readable: true, writable: true });
  return ok(new ControlClient(stream, fd, listener));
}

async function connectTo(socket: string): Promise<Result<number, string>> {
  let directory: number;
  try {
    directory = fs.openSync(path.dirname(socket), O_PATH | fs.constants.O_DIRECTORY);
  } catch (error) {
    return err(`cannot connect to ${socket}: ${(error as Error).message}`);
  }
  try {
    for (let waited = 0; ; waited += RETRY_AFTER) {
      const fd = connect(directory, path.basename(socket));
      if (fd >= 0) return ok(fd);
      if (-fd !== EAGAIN || waited >= PATIENCE) return err(whyNot(socket, -fd));
      await delay(RETRY_AFTER);
    }
  } finally {
    fs.closeSync(directory);
  }
}

function whyNot(socket: string, errno: number): string {
  const hint =
    errno === ENOENT || errno === ECONNREFUSED
      ? ` (no daemon serves it: start condor_procd with --control ${socket})`
      : '';
  return `cannot connect to ${socket}: ${errnoText(errno)}${hint}`;
}

type Answer = Result<JsonObject, ControlError>;

/** A connection to the daemon. */
export class ControlClient {
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  /** All that was asked before is on its way. */
  #sent: Promise<void> = Promise.resolve();
  /** Why nothing can be asked any more. */
  #end: ControlError | undefined;
  #isClosed = false;

  /**
   * @param fd of the socket, for descriptors to be passed; undefined: over TCP none can
   */
  constructor(
    private readonly stream: net.Socket,
    private readonly fd: number | undefined,
    private readonly listener: ClientListener,
  ) {
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    stream.on('error', (error) => this.#finish(`the connection is broken: ${error.message}`));
    stream.on('end', () => this.#finish('the daemon has hung up'));
    stream.on('close', () => this.#finish('the connection is closed'));
  }

  /** Whether something can still be asked. */
  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * Asks, and gives the fields of the reply beside `id` and `ok`. The error `internal` is also what
   * is not answered because the connection ends; whether it was carried out is then not known.
   *
   * @param descriptors up to 8 that go with the request; they stay open, and may be closed when the
   *   answer is there
   */
  request(
    op: string,
    fields: JsonObject = {},
    descriptors: readonly number[] = [],
  ): Promise<Answer> {
    if (this.#end !== undefined) return Promise.resolve(err(this.#end));
    if (descriptors.length > 0 && this.fd === undefined) {
      return refuse('not-allowed', 'descriptors cannot be passed over TCP');
    }
    const id = this.#nextId++;
    const frame = encodeFrame({ ...fields, id, op });
    if (frame === undefined) return refuse('too-large', `a request may have ${FRAME_MAX} bytes`);
    return new Promise((answer) => {
      this.#waiting.set(id, answer);
      this.#sent = this.#sent.then(() => this.#write(frame, descriptors));
    });
  }

  /** Hangs up; what is not answered fails. */
  close(): void {
    this.#isClosed = true;
    this.#fail({ code: 'internal', text: 'the connection was closed' });
    this.stream.destroy();
  }

  /** Lets the process end although this is open. */
  unref(): void {
    this.stream.unref();
  }

  async #write(frame: Buffer, descriptors: readonly number[]): Promise<void> {
    const rest = descriptors.length > 0 ? await this.#writeHead(frame, descriptors) : frame;
    if (rest === undefined || !this.isOpen) return;
    await new Promise<void>((done) => this.stream.write(rest, () => done()));
  }

  /** Sends the beginning of a frame with the descriptors; gives the rest. All before it is sent. */
  async #writeHead(frame: Buffer, descriptors: readonly number[]): Promise<Buffer | undefined> {
    while (this.isOpen && this.fd !== undefined) {
      const sent = send(this.fd, frame.subarray(0, FRAME_HEAD), descriptors);
      if (sent > 0) return frame.subarray(sent);
      if (-sent !== EAGAIN) {
        this.#finish(`cannot pass descriptors: ${errnoText(-sent)}`);
        return undefined;
      }
      await delay(SEND_AFTER);
    }
    return undefined;
  }

  #take(bytes: Buffer): void {
    const messages = this.#reader.push(bytes);
    for (const each of messages ?? []) {
      const message = decodeMessage(each);
      if (message === undefined) return this.#finish('the daemon does not speak the protocol');
      this.#heed(message);
    }
    if (messages === undefined) this.#finish('the daemon does not speak the protocol');
  }

  #heed(message: JsonObject): void {
    const { id, ok: isDone, ...fields } = message;
    if (typeof message['event'] === 'string') {
      this.listener.event?.(message);
      return;
    }
    if (typeof id !== 'number') {
      // What concerns no request concerns all: the daemon hangs up after it.
      this.#fail(errorOf(message));
      return;
    }
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    answer?.(isDone === true ? ok(fields) : err(errorOf(message)));
  }

  #finish(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#fail({ code: 'internal', text: why });
    this.stream.destroy();
    this.listener.ended?.(this.#end?.text ?? why);
  }

  /** Nothing is answered any more. */
  #fail(error: ControlError): void {
    this.#end ??= error;
    const answers = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of answers) answer(err(this.#end));
  }
}

function refuse(code: ControlErrorCode, text: string): Promise<Answer> {
  return Promise.resolve(err({ code, text }));
}

function errorOf({ error, text, ...details }: JsonObject): ControlError {
  const code = CONTROL_ERRORS.find((one) => one === error) ?? 'internal';
  return { code, text: typeof text === 'string' ? text : 'the daemon gives no reason', details };
}
