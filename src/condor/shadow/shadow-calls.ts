/**
 * The shadow of a job, as somebody to call: remote system calls over one connection, one at a time,
 * in the order in which they are asked for.
 *
 * An object belongs to one connection. When that ends (or the shadow is silent for too long, or
 * speaks nonsense), the call under way and all that wait come to the same WireError, and so does
 * every later one. After a reconnect there is a new connection, and a new object for it.
 */
import { err, ok, type Result } from '../../result';
import type {
  CedarConnection,
  MessageReader,
  MessageWriter,
  SecuritySession,
  WireError,
} from '../cedar/types';
import { errnoFromWire } from '../cedar/translated-numbers';
import type { ClassAd } from '../classad';
import { type CallArguments, type CallName, type CallRow, CALLS, type CallValues } from './calls';
import { EXIT_REASONS, type ExitReason } from './exit-reasons';
import type { CallError, CallRefused } from './types';

/** HTCondor's patience with a shadow, whose disk may stall it: seconds. */
const TIMEOUT = 300;

/** The sessions that a shadow and its starter share. */
export interface ShadowSessions {
  /** For who comes to the starter in the claim's name: a shadow that reconnects, a schedd. */
  readonly claim: SecuritySession;
  /** For the connections of file transfer. */
  readonly fileTransfer: SecuritySession;
}

export class ShadowCalls {
  /** Ends when no call is under way. */
  private idle: Promise<unknown> = Promise.resolve();
  private broken: WireError | undefined;

  /**
   * @param connection nobody else uses it while there are calls.
   * @param timeout seconds without a byte of a reply until the shadow counts as gone.
   */
  constructor(
    private readonly connection: CedarConnection,
    private readonly timeout: number = TIMEOUT,
  ) {}

  /** The shadow's address, as messages name it. */
  get peer(): string {
    return this.connection.peer;
  }

  /** Why no more calls can be made; undefined while they can. */
  get error(): WireError | undefined {
    return this.broken;
  }

  /** The job ad. The first call of a connection that was inherited. */
  async getJobInfo(): Promise<Result<ClassAd, CallError>> {
    const reply = await this.call('getJobInfo', []);
    return reply.ok ? ok(reply.value[0]) : reply;
  }

  /** Tells who the starter is: {@link starterInfo}. */
  registerStarterInfo(info: ClassAd): Promise<Result<void, CallError>> {
    return this.tell('registerStarterInfo', [info]);
  }

  /** The sessions of this shadow. To be asked for again after a reconnect: keys change. */
  async securitySessions(): Promise<Result<ShadowSessions, CallError>> {
    const reply = await this.call('getSecuritySessions', ['', '']);
    if (!reply.ok) return reply;
    const [claimId, , claimKey, transferId, , transferKey] = reply.value;
    if ([claimId, claimKey, transferId, transferKey].includes('')) {
      return err(
        this.break(`Asked ${this.peer} for security sessions; one came without id or key`),
      );
    }
    return ok({
      claim: { id: claimId, key: claimKey },
      fileTransfer: { id: transferId, key: transferKey },
    });
  }

  /** Tells how the job stands. */
  registerJobInfo(update: ClassAd): Promise<Result<void, CallError>> {
    return this.tell('registerJobInfo', [update]);
  }

  /** Tells that the job is about to run: the shadow writes the job's execute event. */
  beginExecution(): Promise<Result<void, CallError>> {
    return this.tell('beginExecution', []);
  }

  /**
   * Tells an event. What a shadow returns says whether it cares (25.x: -3 where it does not), and
   * changes nothing for the starter.
   *
   * @param event an ad with `EventType`: {@link activationEvent}.
   */
  async eventNotification(event: ClassAd): Promise<Result<number, WireError>> {
    const reply = await this.exchange('eventNotification', [event]);
    return reply.ok ? ok(reply.value.returned) : reply;
  }

  /** Tells how the job's process ended, before an error event that ends the activation. */
  jobTermination(update: ClassAd): Promise<Result<void, CallError>> {
    return this.tell('jobTermination', [update]);
  }

  /**
   * Tells that the activation is over. The last call: the shadow closes the connection.
   *
   * @param waitStatus as wait(2) has it: exit status 3 is 768.
   * @param update the final one.
   */
  jobExit(
    waitStatus: number,
    reason: ExitReason,
    update: ClassAd,
  ): Promise<Result<void, CallError>> {
    return this.tell('jobExit', [waitStatus, EXIT_REASONS[reason].number, update]);
  }

  /** The owner's ids on the submit host, for a site with SOFT_UID_DOMAIN: `Uid` and `Gid`. */
  async getUserInfo(): Promise<Result<ClassAd, CallError>> {
    const reply = await this.call('getUserInfo', []);
    return reply.ok ? ok(reply.value[0]) : reply;
  }

  /**
   * Writes an event to the user's log. The shadow does not answer; an error event ends the
   * activation, and then it closes the connection.
   */
  async logEvent(event: ClassAd): Promise<Result<void, WireError>> {
    const sent = await this.exchange('logEvent', [event]);
    return sent.ok ? ok(undefined) : sent;
  }

  private async tell<Name extends CallName>(
    name: Name,
    values: CallArguments<Name>,
  ): Promise<Result<void, CallError>> {
    const reply = await this.call(name, values);
    return reply.ok ? ok(undefined) : reply;
  }

  private async call<Name extends CallName>(
    name: Name,
    values: CallArguments<Name>,
  ): Promise<Result<CallValues<Name>, CallError>> {
    const reply = await this.exchange(name, values);
    if (!reply.ok) return reply;
    const { returned, errno } = reply.value;
    if (returned < 0)
      return err<CallRefused>({ kind: 'call-refused', call: name, returned, errno });
    // The table says what the reader has read.
    return ok(reply.value.values as unknown as CallValues<Name>);
  }

  /** One request and its reply, when those before are through. */
  private exchange<Name extends CallName>(
    name: Name,
    values: CallArguments<Name>,
  ): Promise<Result<Reply, WireError>> {
    const turn = this.idle.then(() => this.perform(CALLS[name], values));
    // A bug in one call, which throws, is no reason to hang the next.
    this.idle = turn.catch(() => undefined);
    return turn;
  }

  private async perform(
    row: CallRow,
    values: readonly (number | string | ClassAd)[],
  ): Promise<Result<Reply, WireError>> {
    if (this.broken !== undefined) return err(this.broken);
    const sent = await this.connection.send((message) => writeRequest(message, row, values));
    if (!sent.ok) return this.fail(sent.error);
    if (row.reply === 'none') return ok({ returned: 0, errno: 0, values: [] });
    const received = await this.connection.receive((message) => readReply(message, row), {
      timeout: this.timeout,
    });
    return received.ok ? received : this.fail(received.error);
  }

  /** A reply that comes after all would be taken for that of the next call: there is none. */
  private fail(error: WireError): Result<never, WireError> {
    this.broken ??= error;
    this.connection.destroy();
    return err(error);
  }

  private break(reason: string): WireError {
    const error: WireError = { kind: 'protocol', peer: this.peer, reason };
    this.fail(error);
    return error;
  }
}

/** What came back. */
interface Reply {
  readonly returned: number;
  /** Linux's number; 0: none came. */
  readonly errno: number;
  readonly values: readonly (number | string | ClassAd)[];
}

function writeRequest(
  message: MessageWriter,
  row: CallRow,
  values: readonly (number | string | ClassAd)[],
): void {
  message.int(row.number);
  for (const value of values) {
    if (typeof value === 'number') message.int(value);
    else if (typeof value === 'string') message.string(value);
    else message.ad(value);
  }
}

function readReply(message: MessageReader, { reply }: CallRow): Reply {
  const returned = message.int();
  if (typeof reply === 'string') return { returned, errno: 0, values: [] };
  if (returned < 0) return { returned, errno: errnoFromWire(message.int()), values: [] };
  return { returned, errno: 0, values: reply.map((type) => message[type]()) };
}
