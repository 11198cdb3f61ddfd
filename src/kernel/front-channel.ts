/**
 * eyrie-control, the front of condor_procd's control endpoint: it accepts connections, tells who is at
 * their other end, and cuts what comes into frames, as nobody. Node itself cannot ask for a peer's
 * credentials, nor take descriptors.
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { err, ok, type Result } from '../result';
import { pidfdSignal, spawnAgent } from './border';
import { receive, send } from './border-sockets';
import {
  decodeFrontRecord,
  encodeFrontLimits,
  encodeFrontRecord,
  FRONT_RECORD_SIZE,
  type FrontFault,
  type FrontLimits,
  type FrontRecord,
  faultOf,
} from './front-records';
import type { LaunchError } from './launch-types';
import { nativeDescriptor } from './native-files';
import { reapChild } from './reap';
import { type AGENT_RESULT, LAUNCH_CALLS, type StructValues } from './structs';

/** Somebody who has connected. */
export interface FrontPeer {
  /** His number, for as long as this front lives. */
  readonly connection: number;
  readonly uid: number;
  /** Undefined over TCP. */
  readonly pid: number | undefined;
  readonly via: 'unix' | 'tcp';
}

/** What a front tells. A connection that was closed by {@link FrontChannel.close} is not told of again. */
export interface FrontListener {
  /** Nothing is read from him before {@link FrontChannel.admit}. */
  opened(peer: FrontPeer): void;
  /** A whole frame; descriptors are the listener's to close. The next comes after `ready`. */
  frame(connection: number, bytes: Buffer, descriptors: readonly number[]): void;
  /** What he sent is no frame; nothing more comes. */
  fault(connection: number, fault: FrontFault): void;
  closed(connection: number): void;
  /** The front is gone, and not by {@link FrontChannel.end}; with it all connections. */
  lost(): void;
}

/** Sockets that a front listens on; they stay open here. */
export interface FrontSockets {
  readonly listener: number;
  /** For connections that `condor_procd --inetd` hands over; undefined: there are none. */
  readonly handovers: number | undefined;
}

const { SIGKILL } = os.constants.signals;

/**
 * Starts a front. Main thread only.
 *
 * @throws where the native part is not installed.
 */
export function startFront(
  { handovers, listener }: FrontSockets,
  limits: FrontLimits,
  told: FrontListener,
): Result<FrontChannel, LaunchError> {
  const program = nativeDescriptor('eyrie-control');
  const { returned, result } = spawnAgent('eyrie-control', { program, directory: listener });
  if (returned < 0) {
    const call = `start eyrie-control: ${LAUNCH_CALLS[result.call] ?? ''}`;
    return err({ call, errno: -returned });
  }
  const channel = new FrontChannel(result, limits.frameBytes, told);
  if (handovers !== undefined) {
    const sent = send(result.descriptors, Buffer.alloc(1), [handovers]);
    if (sent < 0) {
      channel.end();
      return err({ call: 'pass a socket to eyrie-control', errno: -sent });
    }
  }
  channel.begin(limits, handovers !== undefined);
  return ok(channel);
}

export class FrontChannel {
  readonly #socket: net.Socket;
  readonly #descriptors: number;
  readonly #pidfd: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = FRONT_RECORD_SIZE;
  #isOpen = true;

  constructor(
    agent: StructValues<typeof AGENT_RESULT>,
    private readonly frameBytes: number,
    private readonly told: FrontListener,
  ) {
    this.#descriptors = agent.descriptors;
    this.#pidfd = agent.pidfd;
    this.#socket = new net.Socket({ fd: agent.requests, readable: true, writable: true });
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('error', () => this.#lose());
    this.#socket.on('end', () => this.#lose());
  }

  /** Says what is listened to, and how much of a client is taken. */
  begin(limits: FrontLimits, hasHandovers: boolean): void {
    const detail = hasHandovers ? 1 : 0;
    this.#write(encodeFrontRecord('begin', 0, encodeFrontLimits(limits), detail));
  }

  /** What he sends may be read. */
  admit(connection: number): void {
    this.#write(encodeFrontRecord('admit', connection));
  }

  /** Sends a frame, with its length before it. */
  send(connection: number, frame: Buffer): void {
    this.#write(encodeFrontRecord('send', connection, frame));
  }

  /** His next frame may be read. */
  ready(connection: number): void {
    this.#write(encodeFrontRecord('ready', connection));
  }

  /** Hangs up when all is sent. */
  close(connection: number): void {
    this.#write(encodeFrontRecord('close', connection));
  }

  /** Ends the front. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    fs.closeSync(this.#descriptors);
    pidfdSignal(this.#pidfd, SIGKILL);
    void reapChild(this.#pidfd).then(() => fs.closeSync(this.#pidfd));
  }

  #write(bytes: Buffer): void {
    if (this.#isOpen) this.#socket.write(bytes);
  }

  #lose(): void {
    if (!this.#isOpen) return;
    this.end();
    this.told.lost();
  }

  /** Cuts what comes into records; one is put together once, when all of it is here. */
  #take(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    while (this.#isOpen && this.#held >= this.#needed) {
      const [first] = this.#chunks;
      const all =
        this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
      const record = decodeFrontRecord(all);
      if (record.length > this.frameBytes) return this.#lose();
      const end = FRONT_RECORD_SIZE + record.length;
      const isWhole = all.length >= end;
      this.#needed = isWhole ? FRONT_RECORD_SIZE : end;
      this.#chunks = [isWhole ? all.subarray(end) : all];
      this.#held = all.length - (isWhole ? end : 0);
      if (isWhole) this.#tell(record, all.subarray(FRONT_RECORD_SIZE, end));
    }
  }

  #tell(record: FrontRecord, payload: Buffer): void {
    const { connection, detail, pid, uid } = record;
    switch (record.kind) {
      case 'opened':
        if (detail === 0) this.told.opened({ connection, uid, pid, via: 'unix' });
        else this.told.opened({ connection, uid, pid: undefined, via: 'tcp' });
        return;
      case 'frame':
        this.#tellFrame(connection, payload, detail);
        return;
      case 'fault':
        this.told.fault(connection, faultOf(detail));
        return;
      case 'closed':
        this.told.closed(connection);
        return;
      default:
        this.#lose();
    }
  }

  #tellFrame(connection: number, payload: Buffer, count: number): void {
    const descriptors: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const descriptor = this.#takeDescriptor(connection);
      if (descriptor === undefined) {
        for (const taken of descriptors) fs.closeSync(taken);
        return this.#lose();
      }
      descriptors.push(descriptor);
    }
    this.told.frame(connection, payload, descriptors);
  }

  /** They were sent before the record that tells of them, so they are there. */
  #takeDescriptor(connection: number): number | undefined {
    const data = Buffer.alloc(8);
    const { returned, result } = receive(this.#descriptors, data);
    const { descriptor } = result;
    if (returned === 4 && data.readUInt32LE(0) === connection && descriptor >= 0) return descriptor;
    if (descriptor >= 0) fs.closeSync(descriptor);
    return undefined;
  }
}
