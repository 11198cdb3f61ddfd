/**
 * The delegation of an X.509 proxy, by whoever has one, to this side:
 *
 *   this side → size, certificate request
 *   peer      → size, certificate and its issuers
 *
 * Each is one message. A size of 0 says that a side cannot.
 *
 * Source: ReliSock::get_x509_delegation, relisock_gsi_get and relisock_gsi_put of HTCondor's
 * condor_io; x509_receive_delegation of its globus_utils.cpp.
 */
import { ok, type Result } from '../../result';
import type { CedarConnection, MessageReader, WireError } from '../cedar/types';
import { makeProxyKey } from './proxy-key';
import { PATIENCE } from './wire';

/** Bytes of certificates: a chain of proxies has a few thousand. */
const CHAIN_BYTES_MAX = 1 << 20;

/** Bytes of the size in front of them. */
const SIZE_BYTES = 8;

/** What came of a delegation whose messages were all there. */
export type Delegated =
  /** The proxy file. Secret. */
  | { readonly kind: 'proxy'; readonly file: Buffer }
  /** One side cannot: the peer takes a delegation as broken off, and only hears why. A sentence. */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** What came is no proxy for our key: a sentence. */
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * Takes part in a delegation.
 *
 * @param timeout seconds for the peer to sign
 */
export async function receiveProxy(
  connection: CedarConnection,
  timeout = PATIENCE,
): Promise<Result<Delegated, WireError>> {
  const key = await makeProxyKey();
  const request = key.ok ? key.value.request : Buffer.alloc(0);
  const asked = await connection.send((message) => message.int(request.length).bytes(request));
  if (!asked.ok) return asked;
  const limit = SIZE_BYTES + CHAIN_BYTES_MAX;
  const chain = await connection.receive(readChain, { timeout, limit });
  if (!chain.ok) return chain;
  if (!key.ok) return ok({ kind: 'nothing', reason: key.error });
  if (chain.value.length === 0) return ok({ kind: 'nothing', reason: NOTHING });
  const file = key.value.proxyFile(chain.value);
  return ok(
    file.ok ? { kind: 'proxy', file: file.value } : { kind: 'unusable', reason: file.error },
  );
}

/** The peer tells no more. */
const NOTHING =
  'The submit side delegated no X.509 proxy; its log says why, and a proxy file that is damaged,' +
  ' has expired or is gone is the usual cause';

/** Copied: the message is the connection's. */
function readChain(message: MessageReader): Buffer {
  return Buffer.from(message.bytes(message.int()));
}
