/** The two sockets to eyrie-files: requests and replies on one, descriptors on the other. */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { pidfdSignal } from './border';
import { receive } from './border-sockets';
import {
  decodeReply,
  encodeRequest,
  type FileOperation,
  PAYLOAD_MAX,
  REPLY_SIZE,
} from './file-records';
import { reapChild } from './reap';
import { type AGENT_RESULT, FILES_CALLS, type StructValues } from './structs';

/** The answer to a request. */
export interface AgentReply {
  /** errno, or 0. */
  readonly error: number;
  /** What failed. */
  readonly call: string;
  /** Of all records that make up the answer. */
  readonly payloads: readonly Buffer[];
  /** Whoever takes the reply closes it. */
  readonly descriptor: number | undefined;
  /** It is none: eyrie-files is gone. */
  readonly gone?: true;
}

/** A request that is not answered yet. */
interface Waiting {
  readonly id: number;
  readonly payloads: Buffer[];
  bytes: number;
  readonly answer: (reply: AgentReply) => void;
}

/** What a listing may take in all: two million long names. */
const ANSWER_MAX = 1 << 29;

/** A job of the same user may stop eyrie-files: it is told to go on this often. */
const WAKE_MS = 2000;

const { EPIPE } = os.constants.errno;
const { SIGCONT, SIGKILL } = os.constants.signals;

export class AgentChannel {
  private readonly socket: net.Socket;
  private readonly descriptors: number;
  private readonly pidfd: number;
  private readonly waiting: Waiting[] = [];
  private readonly wake: NodeJS.Timeout;
  private held: Buffer = Buffer.alloc(0);
  private nextId = 1;
  private isOpen = true;

  constructor(agent: StructValues<typeof AGENT_RESULT>) {
    this.descriptors = agent.descriptors;
    this.pidfd = agent.pidfd;
    this.socket = new net.Socket({ fd: agent.requests, readable: true, writable: true });
    this.socket.on('data', (bytes: Buffer) => this.take(bytes));
    this.socket.on('error', () => this.close());
    this.socket.on('end', () => this.close());
    this.wake = setInterval(() => {
      if (this.waiting.length > 0) pidfdSignal(this.pidfd, SIGCONT);
    }, WAKE_MS).unref();
  }

  /** Sends the first request, whose id is 0. */
  begin(bytes: Buffer): Promise<AgentReply> {
    return this.send(0, bytes);
  }

  /** Asks; the answer is an error once the channel is closed. */
  ask(
    operation: FileOperation,
    path: string,
    mode: number,
    contents?: Buffer,
  ): Promise<AgentReply> {
    const id = this.nextId;
    this.nextId = (this.nextId + 1) % 0x1_0000_0000;
    return this.send(id, encodeRequest(id, operation, path, mode, contents));
  }

  private send(id: number, bytes: Buffer): Promise<AgentReply> {
    return new Promise((answer) => {
      if (!this.isOpen) {
        answer(GONE);
        return;
      }
      this.waiting.push({ id, payloads: [], bytes: 0, answer });
      this.socket.write(bytes);
    });
  }

  /** Ends eyrie-files, whatever it is doing; what is not answered fails. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.wake);
    this.socket.destroy();
    fs.closeSync(this.descriptors);
    pidfdSignal(this.pidfd, SIGKILL);
    void reapChild(this.pidfd).then(() => fs.closeSync(this.pidfd));
    for (const { answer } of this.waiting.splice(0)) answer(GONE);
  }

  /** Cuts what comes into replies; whatever is no reply ends the channel. */
  private take(bytes: Buffer): void {
    let rest = this.held.length > 0 ? Buffer.concat([this.held, bytes]) : bytes;
    while (this.isOpen && rest.length >= REPLY_SIZE) {
      const head = decodeReply(rest);
      if (head.length > PAYLOAD_MAX) return this.close();
      const end = REPLY_SIZE + head.length;
      if (rest.length < end) break;
      this.takeReply(head, rest.subarray(REPLY_SIZE, end));
      rest = rest.subarray(end);
    }
    this.held = rest;
  }

  private takeReply(head: ReturnType<typeof decodeReply>, payload: Buffer): void {
    const [first] = this.waiting;
    if (first === undefined || head.id !== first.id) return this.close();
    first.bytes += payload.length;
    if (payload.length > 0) first.payloads.push(payload);
    if (first.bytes > ANSWER_MAX) return this.close();
    if (head.more) return;
    const descriptor = head.descriptor ? this.takeDescriptor(head.id) : undefined;
    if (head.descriptor && descriptor === undefined) return this.close();
    this.waiting.shift();
    const { payloads } = first;
    first.answer({ error: head.error, call: FILES_CALLS[head.call] ?? '', payloads, descriptor });
  }

  /** It was sent before the reply that tells of it, so it is there. */
  private takeDescriptor(id: number): number | undefined {
    const data = Buffer.alloc(8);
    const { returned, result } = receive(this.descriptors, data);
    const { descriptor } = result;
    if (returned === 4 && data.readUInt32LE(0) === id && descriptor >= 0) return descriptor;
    if (descriptor >= 0) fs.closeSync(descriptor);
    return undefined;
  }
}

const GONE: AgentReply = {
  error: EPIPE,
  call: 'ask eyrie-files',
  payloads: [],
  descriptor: undefined,
  gone: true,
};
