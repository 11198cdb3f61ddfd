/**
 * The shadow of an activation, which may go and be followed by another one: the calls go to
 * whichever is there.
 */
import type { CedarConnection, SecuritySession } from '../../condor/cedar';
import { ShadowCalls, type ShadowSessions } from '../../condor/shadow/shadow-calls';
import { now } from './site';

/** Who has the job's files, and takes them. */
export interface TransferPeer {
  /** TransferSocket: a sinful string. */
  readonly address: string;
  /** TransferKey. Secret. */
  readonly key: string;
}

export class ShadowLink {
  #connection: CedarConnection;
  #calls: ShadowCalls;
  #isThere = true;
  #lost = now();
  /** Known once the shadow was asked. */
  sessions: ShadowSessions | undefined;
  /** Known once the job is; a shadow that reconnects names another one. */
  transferPeer: TransferPeer | undefined;

  /**
   * @param timeout seconds that the answer to a call may take
   * @param onLost called when the shadow of the moment is gone; not for one that was replaced.
   */
  constructor(
    connection: CedarConnection,
    private readonly timeout: number,
    private readonly onLost: (reason: string) => void,
  ) {
    this.#connection = connection;
    this.#calls = this.#take(connection);
  }

  get calls(): ShadowCalls {
    return this.#calls;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** Seconds since the epoch: when the shadow was lost. */
  get lostSince(): number {
    return this.#lost;
  }

  /** Goes on with another shadow. */
  replace(connection: CedarConnection): void {
    const before = this.#connection;
    this.#connection = connection;
    this.#calls = this.#take(connection);
    // The sessions of the one before stay until this one has named its own: it may be gone before,
    // and who comes then must be able to say that it comes in the claim's name.
    before.destroy();
  }

  /** Hangs up on a shadow that is of no use. */
  drop(): void {
    this.#connection.destroy();
  }

  close(): void {
    this.#isThere = false;
    this.#connection.close();
  }

  /** The session of who comes in the claim's name. */
  get claimSession(): SecuritySession | undefined {
    return this.sessions?.claim;
  }

  #take(connection: CedarConnection): ShadowCalls {
    this.#isThere = true;
    void connection.ended.then(({ reason }) => {
      if (connection !== this.#connection || !this.#isThere) return;
      this.#isThere = false;
      this.#lost = now();
      this.onLost(reason);
    });
    return new ShadowCalls(connection, this.timeout);
  }
}
