/**
 * The connection to the startd, in clear. At the start the startd says once what slot this is; from
 * then on only the starter speaks.
 *
 * ```
 * startd → starter   machine ad, execution overlay ad     one message, right after the start
 *                    secrets ad                           25.x only, and of no use here
 * starter → startd   0, update ad                         now and then
 *                    1, final ad                          the last; then the connection is closed
 * ```
 *
 * Source: Starter::execDCStarter and Starter::receiveJobClassAdUpdate of condor_startd.V6;
 * JICShadow::updateStartd of condor_starter.V6.1.
 */
import { err, type Result } from '../../result';
import type { CedarConnection, MessageReader, WireError } from '../cedar/types';
import type { ClassAd } from '../classad';

/** What the int before an ad means to the startd. */
const UPDATE_KINDS = { update: 0, final: 1 } as const;

/** Seconds in which the machine ad must come: the startd sends it as soon as it has started us. */
const FIRST_MESSAGE_TIMEOUT = 120;

/** Bytes of a message that is read and thrown away. */
const DRAIN_LIMIT = 1024 * 1024;

/** What the startd says about the slot. */
export interface SlotAds {
  readonly machine: ClassAd;
  /** What the job's ad is changed by for this execution; mostly empty. */
  readonly overlay: ClassAd;
}

/** The startd, as a starter sees it. */
export interface StartdLink {
  /** The first message. */
  readonly ads: Promise<Result<SlotAds, WireError>>;
  /** Tells the startd how the job is; nothing comes back. */
  update(ad: ClassAd): Promise<Result<void, WireError>>;
  /**
   * Tells it for the last time, then closes. With 25.x the slot is being cleaned from then on, and
   * the startd does not kill the starter any more: it is to be sent before the shadow hears of the
   * job's exit.
   */
  final(ad: ClassAd): Promise<Result<void, WireError>>;
  /** Resolves when the startd is gone, or after `final`. */
  readonly ended: Promise<WireError>;
}

/** Begins to read, and goes on for as long as the connection lives. */
export function openStartdLink(connection: CedarConnection): StartdLink {
  const ads = connection.receive(readSlotAds, { timeout: FIRST_MESSAGE_TIMEOUT });
  // Bytes that nobody has read when the connection closes would make it a reset, and the startd
  // could lose the last update.
  void ads.then((first) => (first.ok ? drain(connection) : undefined));
  let isFinal = false;
  const send = (kind: number, ad: ClassAd): Promise<Result<void, WireError>> =>
    connection.send((message) => message.int(kind).ad(ad));
  return {
    ads,
    ended: connection.ended,
    update: (ad) => (isFinal ? afterFinal(connection) : send(UPDATE_KINDS.update, ad)),
    async final(ad) {
      if (isFinal) return afterFinal(connection);
      isFinal = true;
      const sent = await send(UPDATE_KINDS.final, ad);
      connection.close();
      return sent;
    },
  };
}

function readSlotAds(message: MessageReader): SlotAds {
  return { machine: message.ad(), overlay: message.ad() };
}

/** Reads whatever comes and keeps none of it: in it are claim ids. */
async function drain(connection: CedarConnection): Promise<void> {
  for (;;) {
    const received = await connection.receive(skip, { limit: DRAIN_LIMIT });
    if (!received.ok) return;
  }
}

function skip(message: MessageReader): void {
  if (message.left > 0) message.bytes(message.left);
}

function afterFinal({ peer }: CedarConnection): Promise<Result<void, WireError>> {
  const reason = 'the final update was already sent to the startd';
  return Promise.resolve(err({ kind: 'gone', peer, reason }));
}
