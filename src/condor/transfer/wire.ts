/** One connection of a file transfer: messages of a single value, with the patience of the protocol. */
import type { Result } from '../../result';
import type { CedarConnection, MessageReader, WireError } from '../cedar/types';
import type { ClassAd } from '../classad';
import { ALIVE_INTERVAL, ALIVE_SLOP } from './protocol';

/** Bytes that a name, a URL or an ad of a peer may have. */
const MESSAGE_LIMIT = 1 << 20;

/** A question about data reuse lists every input file of a job. */
export const LIST_LIMIT = 16 << 20;

/** Seconds of silence within which a peer with slow disks is still alive. */
export const PATIENCE = ALIVE_INTERVAL + ALIVE_SLOP;

/** Sends an integer as a message. */
export function sendInt(
  connection: CedarConnection,
  value: number,
): Promise<Result<void, WireError>> {
  return connection.send((message) => message.int(value));
}

/** Sends a string as a message. */
export function sendString(
  connection: CedarConnection,
  value: string,
): Promise<Result<void, WireError>> {
  return connection.send((message) => message.string(value));
}

/** Sends an ad as a message. */
export function sendAd(connection: CedarConnection, ad: ClassAd): Promise<Result<void, WireError>> {
  return connection.send((message) => message.ad(ad));
}

/** Receives a message. */
export function receiveMessage<T>(
  connection: CedarConnection,
  read: (message: MessageReader) => T,
  timeout = PATIENCE,
  limit = MESSAGE_LIMIT,
): Promise<Result<T, WireError>> {
  return connection.receive(read, { timeout, limit });
}

/** Receives an integer. */
export function receiveInt(connection: CedarConnection): Promise<Result<number, WireError>> {
  return receiveMessage(connection, (message) => message.int());
}

/** Receives a string. */
export function receiveString(connection: CedarConnection): Promise<Result<string, WireError>> {
  return receiveMessage(connection, (message) => message.string());
}

/** Receives an ad. */
export function receiveAd(
  connection: CedarConnection,
  timeout?: number,
): Promise<Result<ClassAd, WireError>> {
  return receiveMessage(connection, (message) => message.ad(), timeout);
}

/** What came is not the protocol. The caller closes the connection. */
export function nonsense(connection: CedarConnection, reason: string): WireError {
  return { kind: 'protocol', peer: connection.peer, reason };
}
