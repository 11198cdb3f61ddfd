/** Commands to others, over sessions that both know. */
import { err, ok, type Result } from '../../result';
import { connectTo } from './connect';
import { CedarSocket } from './connection';
import { deriveSessionKey } from './packet-cipher';
import { DC_AUTHENTICATE, literalOf, makeNonce, resumeRequestAd } from './resume';
import type { CedarConnection, SecuritySession, WireError } from './types';
import { refused } from './wire-trouble';

/** Seconds to connect, and again until the reply, where the caller does not say. */
const PATIENCE = 60;

/** A reply in clear is small; more is no reply. */
const REPLY_LIMIT = 64 * 1024;

/** A command, and to whom. */
export interface CommandRequest {
  /** The peer's sinful string. */
  readonly address: string;
  readonly session: SecuritySession;
  /** Its number; condor_commands.h. */
  readonly command: number;
  /** Our own sinful string. */
  readonly ownAddress: string;
  /** Our `$CondorVersion: … $`. */
  readonly version: string;
  /** Seconds that connecting may take, and the reply again; default 60. */
  readonly timeout?: number;
  /** What is random otherwise, for tests: the request's nonce, and the base IV of what we send. */
  readonly random?: { readonly nonce: string; readonly iv: Buffer };
}

/**
 * Connects to a peer and starts a command. The connection is encrypted, and what the command takes
 * follows as messages of the caller.
 *
 * @returns `gone` where the peer cannot be reached or hangs up, `refused` where it does not accept
 *   the session or the command
 */
export async function connectCommand(
  request: CommandRequest,
): Promise<Result<CedarConnection, WireError>> {
  const patience = request.timeout ?? PATIENCE;
  const socket = await connectTo(request.address, patience);
  if (!socket.ok) return socket;
  const connection = new CedarSocket(socket.value, request.address);
  const resumed = await resume(connection, request, patience);
  if (resumed.ok) return ok(connection);
  connection.destroy();
  return resumed;
}

async function resume(
  connection: CedarSocket,
  request: CommandRequest,
  timeout: number,
): Promise<Result<void, WireError>> {
  const { command, address, ownAddress, version, session, random } = request;
  const nonce = random?.nonce ?? makeNonce();
  const ad = resumeRequestAd({
    command,
    address,
    ownAddress,
    version,
    nonce,
    sessionId: session.id,
  });
  const sent = await connection.send((message) => message.int(DC_AUTHENTICATE).ad(ad));
  if (!sent.ok) return sent;
  const reply = await connection.receive((message) => message.ad(), {
    timeout,
    limit: REPLY_LIMIT,
  });
  if (!reply.ok) return reply;
  const code = literalOf(reply.value, 'ReturnCode');
  if (code !== 'AUTHORIZED') {
    const answer = typeof code === 'string' ? JSON.stringify(code.slice(0, 100)) : 'no ReturnCode';
    return err(refused(address, `The peer answered command ${command} with ${answer}`));
  }
  connection.encrypt(deriveSessionKey(session.key), random?.iv);
  return ok(undefined);
}
