/**
 * What the parts of the control endpoint of condor_procd are to each other: who asks, what can go wrong,
 * and how an operation is offered. The protocol itself is in `protocol.ts`.
 */
import type { Result } from '../../result';

/** Who is at the other end of a connection, found out once, when it was accepted. */
export interface Caller {
  /** A number of its own for each connection, never used again. */
  readonly connection: number;
  /** By SO_PEERCRED, or as proven over TCP. */
  readonly uid: number;
  /** The process that connected; undefined over TCP. */
  readonly pid: number | undefined;
  readonly via: 'unix' | 'tcp';
}

/** What a request can be answered with where it was not carried out. */
export const CONTROL_ERRORS = [
  /** The caller may not speak to this daemon, or not do this. */
  'denied',
  /** There is no such account in the table. */
  'no-account',
  /** The account, the directory or the operation is not one that may be used so. */
  'not-allowed',
  /** All guest accounts are leased. */
  'busy',
  /** There is no such lease of this caller. */
  'no-lease',
  'expired',
  /** A path that leads out of where it must stay, or over a link. */
  'bad-path',
  /** An entry belongs to somebody who is neither side of a change of owner. */
  'foreign-owner',
  /** A file has other names, which may be anywhere. */
  'hard-link',
  'not-found',
  /** The users file, the clients file or the accounts file cannot be trusted. */
  'unsafe-config',
  /** The audit log cannot be written. */
  'audit',
  /** The request is not one of the protocol. */
  'syntax',
  'too-large',
  /** A job could not be launched: `cause` and `errno` of the reply say at what. */
  'not-started',
  /** A system call failed that should not. */
  'internal',
] as const;

export type ControlErrorCode = (typeof CONTROL_ERRORS)[number];

/** Why a request was not carried out. */
export interface ControlError {
  readonly code: ControlErrorCode;
  /** A sentence that a person can act on. */
  readonly text: string;
  /** More fields of the reply. */
  readonly details?: JsonObject;
}

/** A value of JSON, as it came. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** What an audit line says beside the caller, the operation and the result. */
export interface AuditFacts {
  readonly owner?: string | undefined;
  readonly account?: string | undefined;
  readonly lease?: string | undefined;
  /** Of the process that was started, signalled or killed. */
  readonly pid?: number | undefined;
  readonly path?: string | undefined;
}

/** A line of the audit log. */
export interface AuditEntry extends AuditFacts {
  /** Of the protocol; or what happened by itself: `lease.end`, `lease.found`, `job.end`. */
  readonly operation: string;
  /** `ok`, a {@link ControlErrorCode}, or what became of it. */
  readonly result: string;
  /** Who asked; undefined: nobody did. */
  readonly caller?: Caller | undefined;
  /** A sentence. */
  readonly text?: string | undefined;
}

/**
 * The audit log, for what happens by itself: the end of a lease, of a job, leases that are found again
 * at the start. The server writes the lines of operations.
 */
export interface Audit {
  /** Writes a line at once, or as soon as it can be. Never throws. */
  record(entry: AuditEntry): void;
}

/** A request, while it is carried out. */
export interface Asked {
  readonly caller: Caller;
  /** Descriptors that came with it, in order. They are closed when it is answered. */
  readonly descriptors: readonly number[];
  /** Takes one of the descriptors: it stays open, and is the caller's of this to close. */
  take(descriptor: number): void;
  /** Adds to the line that the audit log gets of this. */
  note(facts: AuditFacts): void;
  /** Sends an event to the caller, now or later; lost where it has hung up. */
  tell(event: JsonObject): void;
}

/** One operation: how its request looks, who may ask, and what it does. */
export interface Operation<Request> {
  readonly name: string;
  /** Whether it changes anything: then it is not begun where the audit log cannot be written. */
  readonly changes: boolean;
  /** Root's alone. */
  readonly rootOnly?: true;
  /** Checks the request, unknown fields refused; an error says which field and what was expected. */
  read(request: JsonObject): Result<Request, string>;
  /** Carries it out; what it gives are the fields of the reply. */
  perform(request: Request, asked: Asked): Promise<Result<JsonObject, ControlError>>;
}

/** Operations of all kinds in one list. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each reads its own requests
export type AnyOperation = Operation<any>;

/** A part of the daemon that offers operations: accounts and sandboxes, jobs. */
export interface ControlPart {
  readonly operations: readonly AnyOperation[];
  /** A connection has ended. */
  hungUp?(caller: Caller): void;
  /** Files are to be read again: SIGHUP, or the operation `reload`. @returns sentences: warnings */
  reload?(): readonly string[];
  /** The daemon ends: nothing is begun any more. */
  close?(): Promise<void>;
}
