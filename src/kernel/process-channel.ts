/** The socket to eyrie-families: requests, and replies in whatever order they come. */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { err, ok, type Result } from '../result';
import { pidfdSignal } from './border';
import {
  decodeFamilyReply,
  encodeFamilyRequest,
  FAMILY_REPLY_SIZE,
  type FamilyOperation,
  type FamilyReplyHead,
  type FamilyRequest,
} from './process-records';
import type { ProcessTableError } from './process-table-types';
import { reapChild } from './reap';
import { type AGENT_RESULT, FAMILIES_CALLS, type StructValues } from './structs';

/** All processes that a machine can have (2^22), with what can be told of each, stay below. */
const REPLY_MAX = 1 << 30;

/** How long eyrie-families may take to end by itself. */
const END_MS = 2000;

const { EPIPE } = os.constants.errno;
const { SIGKILL } = os.constants.signals;

const GONE: ProcessTableError = { call: 'ask eyrie-families', errno: EPIPE, gone: true };

type Answer = Result<Buffer, ProcessTableError>;

export class ProcessChannel {
  /** Resolves when eyrie-families is gone, and not by close(). */
  readonly lost: Promise<void>;
  private readonly socket: net.Socket;
  private readonly pidfd: number;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private readonly watched = new Map<number, () => void>();
  private readonly isLost: () => void;
  private chunks: Buffer[] = [];
  private held = 0;
  private needed = FAMILY_REPLY_SIZE;
  private nextId = 1;
  private isOpen = true;

  constructor(agent: StructValues<typeof AGENT_RESULT>) {
    let isLost: () => void = () => undefined;
    this.lost = new Promise((resolve) => (isLost = resolve));
    this.isLost = isLost;
    this.pidfd = agent.pidfd;
    fs.closeSync(agent.descriptors);
    this.socket = new net.Socket({ fd: agent.requests, readable: true, writable: true });
    this.socket.on('data', (bytes: Buffer) => this.take(bytes));
    this.socket.on('error', () => this.lose());
    this.socket.on('end', () => this.lose());
  }

  /** Asks; gives the reply's payload. */
  ask(operation: FamilyOperation, request: FamilyRequest): Promise<Answer> {
    return new Promise((answer) => {
      if (!this.isOpen) {
        answer(err(GONE));
        return;
      }
      const id = this.newNumber(this.waiting);
      this.waiting.set(id, answer);
      this.socket.write(encodeFamilyRequest(id, operation, request));
    });
  }

  /** Takes a number that eyrie-families can tell of, and calls `gone` once when it does. */
  expect(gone: () => void): number {
    const number = this.newNumber(this.watched);
    this.watched.set(number, gone);
    return number;
  }

  /** Undoes expect(). Gives whether `gone` was not called yet. */
  forget(number: number): boolean {
    return this.watched.delete(number);
  }

  /** Ends eyrie-families; what is not answered fails. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    // It ends when the socket does, and removes cgroups that nobody needs; if it is stopped, not.
    this.socket.destroy();
    const patience = setTimeout(() => pidfdSignal(this.pidfd, SIGKILL), END_MS).unref();
    void reapChild(this.pidfd).then(() => {
      clearTimeout(patience);
      fs.closeSync(this.pidfd);
    });
    this.watched.clear();
    const answers = [...this.waiting.values()];
    this.waiting.clear();
    for (const answer of answers) answer(err(GONE));
  }

  private lose(): void {
    if (!this.isOpen) return;
    this.close();
    this.isLost();
  }

  /** Numbers come round; those in use are passed over. 0 means something else. */
  private newNumber(used: ReadonlyMap<number, unknown>): number {
    do {
      this.nextId = this.nextId === 0xffffffff ? 1 : this.nextId + 1;
    } while (used.has(this.nextId));
    return this.nextId;
  }

  /** Cuts what comes into replies; a large one is put together once, when all of it is here. */
  private take(bytes: Buffer): void {
    this.chunks.push(bytes);
    this.held += bytes.length;
    while (this.isOpen && this.held >= this.needed) {
      const [first] = this.chunks;
      const all =
        this.chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.chunks);
      const head = decodeFamilyReply(all);
      if (head.length > REPLY_MAX) return this.lose();
      const end = FAMILY_REPLY_SIZE + head.length;
      const isWhole = all.length >= end;
      this.needed = isWhole ? FAMILY_REPLY_SIZE : end;
      this.chunks = [isWhole ? all.subarray(end) : all];
      this.held = all.length - (isWhole ? end : 0);
      if (isWhole) this.takeReply(head, all.subarray(FAMILY_REPLY_SIZE, end));
    }
  }

  private takeReply(head: FamilyReplyHead, payload: Buffer): void {
    if (head.id === 0) {
      const gone = this.watched.get(head.number);
      this.watched.delete(head.number);
      gone?.();
      return;
    }
    const answer = this.waiting.get(head.id);
    if (answer === undefined) return this.lose();
    this.waiting.delete(head.id);
    if (head.error === 0) answer(ok(payload));
    else answer(err({ call: FAMILIES_CALLS[head.call] ?? '', errno: head.error }));
  }
}
