import type { WireError } from './types';

/**
 * Thrown where what came from the peer is not what it must be: by a {@link MessageReader}, and by
 * whoever reads with one. {@link CedarConnection.receive} makes it a `protocol` error.
 */
export class WireTrouble extends Error {}

/** The peer closed the connection, was silent for too long, or cannot be reached. */
export function gone(peer: string, reason: string): WireError {
  return { kind: 'gone', peer, reason };
}

/** The peer said no. */
export function refused(peer: string, reason: string): WireError {
  return { kind: 'refused', peer, reason };
}

/** What came is not CEDAR. */
export function protocolError(peer: string, reason: string): WireError {
  return { kind: 'protocol', peer, reason };
}
