/** What a startd hands down to the starter that it spawns, parsed. */
import type { SecuritySession } from '../cedar/types';

/** State of AES-GCM on a connection that was in use before it was inherited. */
export interface InheritedCrypto {
  /** The AES key itself, 32 bytes: nothing is derived from it. Secret. */
  readonly key: Buffer;
  /** Packets encrypted by this side so far, and decrypted. */
  readonly sent: number;
  readonly received: number;
  /** Base IVs, 16 bytes: this side's, the peer's. */
  readonly sendIv: Buffer;
  readonly receiveIv: Buffer;
}

/** A connected TCP socket. */
export interface InheritedSocket {
  readonly descriptor: number;
  /** The peer's sinful string. */
  readonly peer: string;
  /** undefined: in clear. */
  readonly crypto: InheritedCrypto | undefined;
  /** The peer's `$CondorVersion: … $`; empty: unknown. */
  readonly peerVersion: string;
}

/** Where others reach this starter. */
export type InheritedEndpoint =
  /** A listening Unix socket; the shared port daemon passes connections through it. */
  | { readonly kind: 'shared-port'; readonly descriptor: number; readonly localName: string }
  /** A listening TCP socket of our own. */
  | { readonly kind: 'tcp'; readonly descriptor: number; readonly udp: number | undefined };

/** All of it. */
export interface Inheritance {
  readonly parentPid: number;
  /** The startd's sinful string. */
  readonly parentAddress: string;
  readonly startd: InheritedSocket;
  readonly shadow: InheritedSocket;
  readonly endpoint: InheritedEndpoint;
  /** Between this starter and its startd, both ways. */
  readonly parentSession: SecuritySession | undefined;
  /** Of the whole family of daemons. */
  readonly familySession: SecuritySession | undefined;
}
