/**
 * The control endpoint: connections come and go, requests are read, given to the part that offers the
 * operation, and answered. Requests of one connection are carried out one after the other, those of
 * several beside each other.
 */
import fs from 'node:fs';
import type { FrontListener, FrontPeer } from '../../kernel/front-channel';
import type { FrontFault } from '../../kernel/front-records';
import { printableLine } from '../../printable';
import { err, type Result } from '../../result';
import { encodeFrame, FRAME_MAX } from './frames';
import type { Gate } from './gate';
import { type ControlRequest, decodeRequest, failureReply, successReply } from './protocol';
import { Refusals } from './refusals';
import type {
  AnyOperation,
  Asked,
  Audit,
  AuditFacts,
  Caller,
  ControlError,
  ControlPart,
  JsonObject,
} from './types';

/** The way to clients. */
export interface Front {
  admit(connection: number): void;
  send(connection: number, frame: Buffer): void;
  ready(connection: number): void;
  close(connection: number): void;
}

/** The audit log, as the server uses it. */
export interface ServerAudit extends Audit {
  reserve(): Result<void, string>;
  release(): void;
}

/** What a server is made of. */
export interface ServerParts {
  readonly parts: readonly ControlPart[];
  readonly gate: Gate;
  readonly audit: ServerAudit;
  /** Told of what is a bug of ours. */
  readonly bug: (text: string) => void;
}

/** A connection that is open. */
interface Connection {
  readonly caller: Caller;
  /** Of the front. */
  readonly number: number;
}

const FAULTS: Readonly<Record<FrontFault, ControlError>> = {
  'too-large': { code: 'too-large', text: `a message may have ${FRAME_MAX} bytes` },
  empty: { code: 'syntax', text: 'a message has at least one byte' },
  slow: { code: 'syntax', text: 'a message that was begun was not sent to its end in time' },
  descriptors: {
    code: 'syntax',
    text: 'descriptors come with the first byte of a message, at most 8',
  },
};

export class ControlServer implements FrontListener {
  readonly #operations = new Map<string, AnyOperation>();
  /** By the front's number. */
  readonly #connections = new Map<number, Connection>();
  /** Never starts again, though the front may. */
  #lastNumber = 0;
  #front: Front | undefined;
  readonly #refusals: Refusals;

  /**
   * @param restart told that the front is gone
   */
  constructor(
    private readonly made: ServerParts,
    private readonly restart: () => void,
  ) {
    this.#refusals = new Refusals(made.audit);
    for (const { operations } of made.parts) {
      for (const operation of operations) {
        if (this.#operations.has(operation.name)) throw new Error(`${operation.name}: twice`);
        this.#operations.set(operation.name, operation);
      }
    }
  }

  /** The front through which clients come from now on. */
  serve(front: Front): void {
    this.#front = front;
  }

  /** The endpoint ends. */
  end(): void {
    this.#front = undefined;
    this.#refusals.flush();
  }

  opened({ connection: number, ...peer }: FrontPeer): void {
    this.#lastNumber += 1;
    const caller: Caller = { connection: this.#lastNumber, ...peer };
    const connection: Connection = { caller, number };
    this.#connections.set(number, connection);
    const admitted = this.made.gate.admit(caller);
    if (admitted.ok) this.#front?.admit(number);
    else this.#refuseAll(connection, 'connect', admitted.error, this.#refusals);
  }

  fault(number: number, fault: FrontFault): void {
    const connection = this.#connections.get(number);
    if (connection !== undefined) this.#refuseAll(connection, 'connect', FAULTS[fault]);
  }

  closed(number: number): void {
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    this.#connections.delete(number);
    for (const part of this.made.parts) part.hungUp?.(connection.caller);
  }

  lost(): void {
    this.#front = undefined;
    for (const number of [...this.#connections.keys()]) this.closed(number);
    this.restart();
  }

  frame(number: number, bytes: Buffer, descriptors: readonly number[]): void {
    const connection = this.#connections.get(number);
    const request = decodeRequest(bytes);
    if (connection === undefined || !request.ok) {
      closeAll(descriptors);
      if (connection !== undefined && !request.ok) {
        this.#refuseAll(connection, 'request', { code: 'syntax', text: request.error });
      }
      return;
    }
    void this.#answer(connection, request.value, descriptors);
  }

  async #answer(
    connection: Connection,
    request: ControlRequest,
    descriptors: readonly number[],
  ): Promise<void> {
    const work = new Work(connection.caller, descriptors, (event) => this.#send(connection, event));
    const done = await this.#carryOut(request, work);
    work.closeRest();
    const operation = this.#operations.has(request.op) ? request.op : 'unknown';
    const result = done.ok ? { result: 'ok' } : { result: done.error.code, text: done.error.text };
    this.made.audit.record({ ...work.facts, operation, caller: work.caller, ...result });
    if (work.isReserved) this.made.audit.release();
    if (!done.ok && done.error.code === 'denied' && !this.#mayStay(connection)) {
      this.#hangUp(connection, failureReply(request.id, done.error));
      return;
    }
    const { id } = request;
    this.#send(connection, done.ok ? successReply(id, done.value) : failureReply(id, done.error));
    if (this.#connections.get(connection.number) === connection) {
      this.#front?.ready(connection.number);
    }
  }

  /** Whoever is no longer listed is cut off; whoever asked for what is root's alone is not. */
  #mayStay({ caller }: Connection): boolean {
    return this.made.gate.admit(caller).ok;
  }

  async #carryOut(
    { fields, op }: ControlRequest,
    work: Work,
  ): Promise<Result<JsonObject, ControlError>> {
    const { audit, bug, gate } = this.made;
    const admitted = gate.admit(work.caller);
    if (!admitted.ok) return admitted;
    const operation = this.#operations.get(op);
    if (operation === undefined) {
      return err({ code: 'syntax', text: `there is no operation '${printableLine(op)}'` });
    }
    if (operation.rootOnly === true && work.caller.uid !== 0) {
      return err({ code: 'denied', text: `${op} is for root alone` });
    }
    const request = operation.read(fields);
    if (!request.ok) return err({ code: 'syntax', text: `${op}: ${request.error}` });
    if (operation.changes) {
      const reserved = audit.reserve();
      if (!reserved.ok)
        return err({ code: 'audit', text: `nothing is changed: ${reserved.error}` });
      work.isReserved = true;
    }
    try {
      return await operation.perform(request.value, work);
    } catch (error) {
      bug(`${op}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return err({ code: 'internal', text: `${op} failed; the log of condor_procd says more` });
    }
  }

  /** Sends a message, if the connection is still there. */
  #send({ caller, number }: Connection, message: JsonObject): void {
    if (this.#connections.get(number)?.caller !== caller) return;
    const frame = encodeFrame(message) ?? encodeFrame(tooLong(message));
    if (frame !== undefined) this.#front?.send(number, frame);
  }

  /** Tells a client once what is wrong, and hangs up. */
  #refuseAll(
    connection: Connection,
    operation: string,
    error: ControlError,
    audit: Audit = this.made.audit,
  ): void {
    const { caller } = connection;
    audit.record({ operation, caller, result: error.code, text: error.text });
    this.#hangUp(connection, failureReply(null, error));
  }

  #hangUp(connection: Connection, last: JsonObject): void {
    this.#send(connection, last);
    if (this.#connections.get(connection.number) !== connection) return;
    this.#front?.close(connection.number);
    this.closed(connection.number);
  }
}

/** A request while it is carried out. */
class Work implements Asked {
  facts: AuditFacts = {};
  /** Whether the audit log has a place for its line. */
  isReserved = false;
  readonly #rest: Set<number>;

  constructor(
    readonly caller: Caller,
    readonly descriptors: readonly number[],
    readonly tell: (event: JsonObject) => void,
  ) {
    this.#rest = new Set(descriptors);
  }

  note(facts: AuditFacts): void {
    this.facts = { ...this.facts, ...facts };
  }

  take(descriptor: number): void {
    this.#rest.delete(descriptor);
  }

  closeRest(): void {
    closeAll(this.#rest);
  }
}

/** In place of a message that is too large for a frame. */
function tooLong({ event, id }: JsonObject): JsonObject {
  const text = `the answer is larger than ${FRAME_MAX} bytes`;
  if (event !== undefined) return { event, error: 'too-large', text };
  return { id: id ?? null, ok: false, error: 'too-large', text };
}

function closeAll(descriptors: Iterable<number>): void {
  for (const descriptor of descriptors) fs.closeSync(descriptor);
}
