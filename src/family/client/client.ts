/**
 * A client of a procd, HTCondor's or ours. Requests that wait at the same time share a reply pipe, and
 * each pipe has a number of its own, so that a late reply is never taken for another request's. Every
 * wait is bounded, by procd's death (its watchdog pipe ends) and by a timer.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { thrownText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import {
  type Dialect,
  encodeRequest,
  type ProcdCommand,
  type ProcdRequest,
  type ReplyBody,
  ReplyReader,
  watchdogPipe,
} from '../wire';
import { ExchangeQueue } from './exchange';
import { ReplyPipe } from './reply-pipe';
import { type ProcdTrouble, refused } from './trouble';

const { EAGAIN, ENOENT, ENXIO } = os.constants.errno;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

/** Milliseconds that a reply may take. */
const PATIENCE = 20_000;

/** The same where a large family is signalled: a fork bomb takes its time. */
const LONG_PATIENCE = 120_000;

const LONG: readonly ProcdCommand[] = ['suspend-family', 'continue-family', 'kill-family'];

/** Milliseconds after which a full pipe is tried again. */
const FULL_PIPE_PAUSE = 5;

/** The number of the next reply pipe of this process. */
let nextSerial = 0;

export class ProcdClient {
  readonly #queues = new Set<ExchangeQueue>();
  #shared: ExchangeQueue | undefined;
  readonly #watchdog: net.Socket;
  readonly #server: number;
  #isLost = false;
  /** Ends when what was to be written before has been. */
  #sent: Promise<unknown> | undefined;
  /** Resolves when procd has ended; never after `close`. */
  readonly lost: Promise<void>;

  private constructor(
    readonly address: string,
    private readonly dialect: Dialect,
    private readonly requests: number,
    watchdog: number,
  ) {
    this.#server = fs.fstatSync(requests).uid;
    this.#watchdog = new net.Socket({ fd: watchdog, readable: true, writable: false });
    this.#watchdog.on('error', () => undefined).unref();
    this.lost = new Promise((resolve) => {
      this.#watchdog.on('end', () => {
        this.#onLost();
        resolve();
      });
    });
    this.#watchdog.resume();
  }

  /** Connects to the procd that serves an address. */
  static connect(address: string, dialect: Dialect): Result<ProcdClient, ProcdTrouble> {
    const watchdog = openPipe(watchdogPipe(address), O_RDONLY, address);
    if (!watchdog.ok) return watchdog;
    const requests = openPipe(address, O_WRONLY, address);
    if (!requests.ok) {
      fs.closeSync(watchdog.value);
      return requests;
    }
    return ok(new ProcdClient(address, dialect, requests.value, watchdog.value));
  }

  /** True once procd has ended. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Asks for something. Requests are done in the order of the calls; one need not wait for the
   * reply to another.
   *
   * @param patience milliseconds that the reply may take
   */
  async ask(
    request: ProcdRequest,
    patience = LONG.includes(request.command) ? LONG_PATIENCE : PATIENCE,
  ): Promise<Result<ReplyBody, ProcdTrouble>> {
    if (this.#isLost) return err(this.#lostTrouble());
    const queue = this.#queueFor(request.command);
    if (!queue.ok) return err({ why: 'impossible', message: queue.error });
    const { serial } = queue.value.pipe;
    const bytes = encodeRequest(this.dialect, { pid: process.pid, serial }, request);
    if (!bytes.ok) {
      queue.value.closeIfEmpty();
      return err({ why: 'impossible', message: bytes.error });
    }
    const reader = new ReplyReader(this.dialect, request.command);
    const answered = queue.value.add(reader, patience);
    this.#send(bytes.value, patience);
    const answer = await answered;
    if (!answer.ok) return answer;
    const { result } = answer.value;
    if (result === 'success') return ok(answer.value);
    return err(refused(this.address, request.command, result));
  }

  /** Lets go of procd. What is still asked for comes to nothing. */
  close(): void {
    const trouble = { why: 'lost', message: `procd at ${this.address} was let go` } as const;
    for (const queue of this.#queues) queue.giveUp(trouble);
    if (this.#isLost) return;
    this.#isLost = true;
    this.#watchdog.removeAllListeners('end').destroy();
    fs.closeSync(this.requests);
  }

  /**
   * Where the reply to a command comes. A dump can be longer than what a pipe takes in one piece, and
   * has one of its own.
   */
  #queueFor(command: ProcdCommand): Result<ExchangeQueue, string> {
    if (command !== 'dump' && this.#shared?.isRetired === false) return ok(this.#shared);
    const client = { pid: process.pid, serial: nextSerial };
    const made = ReplyPipe.make(this.address, client, this.#server);
    if (!made.ok) return made;
    nextSerial += 1;
    const queue = new ExchangeQueue(made.value, `procd at ${this.address}`, () => {
      this.#queues.delete(queue);
      if (this.#shared === queue) this.#shared = undefined;
    });
    this.#queues.add(queue);
    if (command !== 'dump') this.#shared = queue;
    return ok(queue);
  }

  /** Writes a request in one piece, after those before it. */
  #send(bytes: Buffer, patience: number): void {
    if (this.#sent === undefined && this.#write(bytes)) return;
    const before = this.#sent ?? Promise.resolve();
    const sent = before.then(() => this.#writeSoon(bytes, Date.now() + patience));
    this.#sent = sent;
    void sent.then(() => {
      if (this.#sent === sent) this.#sent = undefined;
    });
  }

  /** False: the pipe is full. */
  #write(bytes: Buffer): boolean {
    if (this.#isLost) return true;
    try {
      fs.writeSync(this.requests, bytes);
      return true;
    } catch (thrown) {
      // With EPIPE procd has ended; the watchdog says so at once.
      return (thrown as NodeJS.ErrnoException).errno !== -EAGAIN;
    }
  }

  async #writeSoon(bytes: Buffer, until: number): Promise<void> {
    while (!this.#write(bytes) && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, FULL_PIPE_PAUSE));
    }
  }

  #lostTrouble(): ProcdTrouble {
    return { why: 'lost', message: `procd at ${this.address} has ended` };
  }

  /** procd may have answered and then ended. */
  #onLost(): void {
    this.#isLost = true;
    fs.closeSync(this.requests);
    this.#watchdog.destroy();
    for (const queue of this.#queues) queue.onLost(this.#lostTrouble());
  }
}

/** Opens a pipe of procd's, and makes sure that it is one: else it would be written to for nothing. */
function openPipe(path: string, way: number, address: string): Result<number, ProcdTrouble> {
  try {
    const fd = fs.openSync(path, way | O_NONBLOCK | O_NOFOLLOW);
    if (fs.fstatSync(fd).isFIFO()) return ok(fd);
    fs.closeSync(fd);
    return err({ why: 'impossible', message: `${path} is no pipe of a procd` });
  } catch (thrown) {
    const { errno } = thrown as NodeJS.ErrnoException;
    return errno === -ENOENT || errno === -ENXIO
      ? err({ why: 'absent', message: `There is no procd at ${address}` })
      : err({ why: 'impossible', message: `Cannot open ${path}: ${thrownText(thrown)}` });
  }
}
