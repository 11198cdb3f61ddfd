/**
 * A condor_glexec_run that was started: the socket to condor_glexec_job_wrapper, and what gLExec says.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { pidfdSignal, spawnScript } from '../kernel/border';
import { sendDescriptor, sendNewSocket } from '../kernel/border-sockets';
import type { LaunchError } from '../kernel/launch-types';
import { type ChildEnd, reapChild } from '../kernel/reap';
import { LAUNCH_CALLS } from '../kernel/structs';
import { err, ok, type Result } from '../result';
import { ByteReader } from './byte-reader';

/** Milliseconds from SIGTERM to SIGKILL for a gLExec that hangs, and from there to giving it up. */
const END_MS = 3000;

/** Milliseconds that a full socket is left alone. */
const FULL_MS = 5;

/** Characters of gLExec's words that are kept. */
const TEXT_MAX = 4000;

const { EAGAIN, EPIPE, ETIMEDOUT } = os.constants.errno;
const { SIGTERM, SIGKILL } = os.constants.signals;

export class GlexecChannel {
  readonly reader: ByteReader;
  #text = '';
  #end: Promise<ChildEnd | undefined> | undefined;
  readonly #output: net.Socket;
  readonly #outputEnded: Promise<void>;

  private constructor(
    readonly pid: number,
    readonly pidfd: number,
    private readonly socket: number,
    output: number,
  ) {
    this.reader = new ByteReader(socket);
    this.#output = new net.Socket({ fd: output, readable: true, writable: false });
    this.#output.on('data', (bytes: Buffer) => {
      this.#text = `${this.#text}${bytes.toString()}`.slice(-TEXT_MAX);
    });
    this.#output.on('error', () => undefined);
    this.#outputEnded = new Promise((resolve) => this.#output.on('close', () => resolve()));
  }

  /** Starts condor_glexec_run. */
  static start(argv: readonly string[]): Result<GlexecChannel, LaunchError> {
    const words = Buffer.from(argv.map((word) => `${word}\0`).join(''));
    const { returned, result } = spawnScript({
      argument_count: argv.length,
      argument_bytes: words.length,
      arguments: words,
    });
    if (returned < 0) {
      const call = `start ${argv[0] ?? ''}: ${LAUNCH_CALLS[result.call] ?? ''}`;
      return err({ call, errno: -returned });
    }
    return ok(new GlexecChannel(result.pid, result.pidfd, result.socket, result.output));
  }

  /** What gLExec has said until now. */
  get text(): string {
    return this.#text;
  }

  /** Writes bytes; what comes after them may be sent when this has resolved. */
  write(bytes: Uint8Array): Promise<void> {
    return this.reader.write(bytes);
  }

  /** Sends a descriptor with a byte. 0 or -errno. */
  async send(descriptor: number, deadline: number): Promise<number> {
    return this.#whenItFits(() => sendDescriptor(this.socket, descriptor), deadline);
  }

  /** Sends one end of a new socket; gives the other, or -errno. */
  async sendSocket(deadline: number): Promise<number> {
    return this.#whenItFits(() => sendNewSocket(this.socket), deadline);
  }

  async #whenItFits(send: () => number, deadline: number): Promise<number> {
    for (;;) {
      if (this.reader.hasEnded) return -EPIPE;
      const sent = send();
      if (sent !== -EAGAIN) return sent;
      if (Date.now() > deadline) return -ETIMEDOUT;
      await delay(FULL_MS);
    }
  }

  /** Reaps it, once; the pidfd stays open. */
  reap(): Promise<ChildEnd | undefined> {
    this.#end ??= reapChild(this.pidfd);
    return this.#end;
  }

  /** Waits for its end until a time (Date.now()), and for its last words. Undefined: it runs still. */
  async endBy(deadline: number): Promise<{ readonly end: ChildEnd | undefined } | undefined> {
    const patience = new AbortController();
    const late = delay(Math.max(deadline - Date.now(), 0), undefined, patience).catch(
      () => undefined,
    );
    const ended = await Promise.race([this.reap().then((end) => ({ end })), late]);
    if (ended !== undefined) await Promise.race([this.#outputEnded, late]);
    patience.abort();
    return ended;
  }

  /** Ends it where it hangs, by SIGTERM and SIGKILL; false: not even that did. */
  async kill(): Promise<boolean> {
    for (const signal of [SIGTERM, SIGKILL]) {
      pidfdSignal(this.pidfd, signal);
      if ((await this.endBy(Date.now() + END_MS)) !== undefined) return true;
    }
    return false;
  }

  /** Lets go of what it says and of the socket. */
  release(): void {
    this.reader.close();
    this.#output.destroy();
  }

  /** Likewise, and reaps it whenever it ends. */
  abandon(): void {
    this.release();
    void this.reap().then(() => fs.closeSync(this.pidfd));
  }
}
