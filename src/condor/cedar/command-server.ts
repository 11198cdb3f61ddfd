/** Commands from others, over sessions that both know. Nothing else is listened to. */
import type net from 'node:net';
import { err, ok, type Result } from '../../result';
import { CedarSocket } from './connection';
import { deriveSessionKey } from './packet-cipher';
import { DC_AUTHENTICATE, literalOf, makeNonce, resumeReplyAd, type ReturnCode } from './resume';
import { printHostAndPort } from './sinful';
import type { CedarConnection, MessageReader, SecuritySession, WireError } from './types';
import { refused, WireTrouble } from './wire-trouble';

/** Seconds that a peer has until its command is known. */
const HANDSHAKE_TIME = 20;

/** Connections whose command is not known yet. */
const HALFWAY_LIMIT = 64;

/** Bytes of a request; those of HTCondor have some hundreds. */
const REQUEST_LIMIT = 64 * 1024;

export interface CommandServerOptions {
  /** Our `$CondorVersion: … $`. */
  readonly version: string;
  /** The session of an id; undefined: we know none. */
  readonly findSession: (id: string) => SecuritySession | undefined;
  /** Whether the holder of a session may give a command. */
  readonly mayUse: (session: SecuritySession, command: number) => boolean;
  /**
   * Takes a command: the connection is encrypted, and the command's arguments are what comes next.
   * The connection is the handler's to close.
   */
  readonly handle: (connection: CedarConnection, session: SecuritySession, command: number) => void;
  /** Told of every connection that came to nothing. */
  readonly onRefused?: (error: WireError) => void;
  /** Seconds until a peer must have said what it wants; default 20. */
  readonly handshakeTimeout?: number;
  /** How many connections may be that far; one more, and the oldest is closed. Default 64. */
  readonly halfwayLimit?: number;
  /** What is random otherwise, for tests: the reply's nonce, and the base IV of what we send. */
  readonly random?: { readonly nonce: string; readonly iv: Buffer };
}

/** What a peer asks for. */
interface Request {
  readonly command: number;
  readonly sessionId: string;
  readonly wantsReply: boolean;
}

export class CommandServer {
  private readonly halfway = new Set<CedarSocket>();

  constructor(private readonly options: CommandServerOptions) {}

  /** Takes a connection whose next bytes are the peer's first. */
  accept(socket: net.Socket): void {
    const { remoteAddress: host = 'unknown', remotePort: port = 0 } = socket;
    const connection = new CedarSocket(socket, printHostAndPort({ host, port }));
    // Not the newest is closed: whoever opens many must not keep others out.
    const [oldest] = this.halfway;
    const limit = this.options.halfwayLimit ?? HALFWAY_LIMIT;
    if (this.halfway.size >= limit) oldest?.abandon(`${limit} others came before its command did`);
    this.halfway.add(connection);
    void this.serve(connection);
  }

  /** Closes what has not come to a command yet. */
  close(): void {
    for (const connection of this.halfway) connection.destroy();
  }

  private async serve(connection: CedarSocket): Promise<void> {
    const patience = this.options.handshakeTimeout ?? HANDSHAKE_TIME;
    const wait = setTimeout(
      () => connection.abandon(`No command came within ${patience} seconds`),
      patience * 1000,
    );
    void connection.ended.then(() => this.halfway.delete(connection));
    const resumed = await this.resume(connection);
    clearTimeout(wait);
    this.halfway.delete(connection);
    if (resumed.ok) this.options.handle(connection, resumed.value.session, resumed.value.command);
    else {
      this.options.onRefused?.(resumed.error);
      connection.close();
    }
  }

  private async resume(
    connection: CedarSocket,
  ): Promise<Result<{ session: SecuritySession; command: number }, WireError>> {
    const received = await connection.receive(readRequest, { limit: REQUEST_LIMIT });
    if (!received.ok) return received;
    const { command, sessionId, wantsReply } = received.value;
    const session = this.options.findSession(sessionId);
    if (session === undefined) {
      return await this.deny(
        connection,
        'SID_NOT_FOUND',
        `Command ${command} came with a session that is not known`,
      );
    }
    if (!this.options.mayUse(session, command)) {
      return await this.deny(
        connection,
        'DENIED',
        `Command ${command} came with a session that is not for it`,
      );
    }
    if (wantsReply) {
      const sent = await this.reply(connection, 'AUTHORIZED');
      if (!sent.ok) return sent;
    }
    connection.encrypt(deriveSessionKey(session.key), this.options.random?.iv);
    return ok({ session, command });
  }

  private async deny(
    connection: CedarSocket,
    code: ReturnCode,
    reason: string,
  ): Promise<Result<never, WireError>> {
    await this.reply(connection, code);
    return err(refused(connection.peer, reason));
  }

  private reply(connection: CedarSocket, code: ReturnCode): Promise<Result<void, WireError>> {
    const nonce = this.options.random?.nonce ?? makeNonce();
    const ad = resumeReplyAd(code, this.options.version, nonce);
    return connection.send((message) => message.ad(ad));
  }
}

function readRequest(message: MessageReader): Request {
  const first = message.int();
  if (first !== DC_AUTHENTICATE) {
    throw new WireTrouble(
      `Expected a session (${DC_AUTHENTICATE}), found command ${first} without`,
    );
  }
  const ad = message.ad();
  const command = literalOf(ad, 'Command');
  const sessionId = literalOf(ad, 'Sid');
  const resumes = literalOf(ad, 'UseSession') === 'YES';
  if (!resumes || typeof sessionId !== 'string' || typeof command !== 'number') {
    throw new WireTrouble('Expected a request to resume a session, found another negotiation');
  }
  return { command, sessionId, wantsReply: literalOf(ad, 'ResumeResponse') === true };
}
