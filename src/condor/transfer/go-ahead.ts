/**
 * Permission to transfer, asked by each side of the other after an item's name:
 *
 *   sender → interval      receiver → { Result, MaxTransferBytes }
 *   receiver → interval    sender   → { Result }
 *
 * Whoever is to give it may send { Result = 0 } for as long as it waits for a transfer queue: hours.
 * We never wait for one, so our answer comes at once and is "always".
 *
 * Source: FileTransfer::ReceiveTransferGoAhead and ObtainAndSendTransferGoAhead.
 */
import { err, ok, type Result } from '../../result';
import type { CedarConnection } from '../cedar/types';
import { ClassAd, integerValue } from '../classad';
import { ALIVE_INTERVAL, ALIVE_SLOP, GO_AHEADS, HOLD_CODES } from './protocol';
import type { TransferFailure } from './requests';
import { receiveAd, receiveInt, sendAd, sendInt } from './wire';

/** The longest patience that a peer may ask for: a week. */
const TIMEOUT_MAX = 7 * 24 * 3600;

/** The permissions of one transfer. */
export class GoAhead {
  /** Bytes that the peer takes in all; undefined: any number. */
  maxBytes: number | undefined;
  private peerSaidAlways = false;
  private weSaidAlways = false;

  constructor(
    private readonly connection: CedarConnection,
    private readonly onQueued: (queued: boolean) => void,
  ) {}

  /** After the name of an item that we send. */
  async asSender(): Promise<Result<void, TransferFailure>> {
    const asked = await this.ask();
    return asked.ok ? await this.answer(false) : asked;
  }

  /** After the name of an item that we receive. */
  async asReceiver(): Promise<Result<void, TransferFailure>> {
    const answered = await this.answer(true);
    return answered.ok ? await this.ask() : answered;
  }

  /** Says how long we wait, and waits. */
  private async ask(): Promise<Result<void, TransferFailure>> {
    if (this.peerSaidAlways) return ok(undefined);
    const sent = await sendInt(this.connection, ALIVE_INTERVAL);
    if (!sent.ok) return sent;
    let queued = false;
    for (let patience = ALIVE_INTERVAL; ;) {
      const ad = await receiveAd(this.connection, patience + ALIVE_SLOP);
      if (!ad.ok) return ad;
      const result = ad.value.integer('Result');
      if (result === undefined) return err(noResult(this.connection));
      if (result < 0) return err(refusal(ad.value, this.connection.peer));
      if (result !== GO_AHEADS.undefined) {
        if (queued) this.onQueued(false);
        this.take(ad.value, result);
        return ok(undefined);
      }
      const timeout = ad.value.integer('Timeout');
      if (timeout !== undefined && timeout > 0) patience = Math.min(timeout, TIMEOUT_MAX);
      if (!queued) this.onQueued(true);
      queued = true;
    }
  }

  private take(ad: ClassAd, result: number): void {
    this.peerSaidAlways = result === GO_AHEADS.always;
    const limit = ad.integer('MaxTransferBytes');
    if (limit !== undefined) this.maxBytes = limit >= 0 ? limit : undefined;
  }

  /** Hears how long the peer waits, and answers. */
  private async answer(receiving: boolean): Promise<Result<void, TransferFailure>> {
    if (this.weSaidAlways) return ok(undefined);
    const interval = await receiveInt(this.connection);
    if (!interval.ok) return interval;
    if (interval.value < ALIVE_INTERVAL) {
      const sent = await sendAd(this.connection, numbers({ Timeout: ALIVE_INTERVAL, Result: 0 }));
      if (!sent.ok) return sent;
    }
    this.weSaidAlways = true;
    const limit = receiving ? { MaxTransferBytes: -1 } : {};
    return await sendAd(this.connection, numbers({ Result: GO_AHEADS.always, ...limit }));
  }
}

function numbers(values: Readonly<Record<string, number>>): ClassAd {
  const ad = new ClassAd();
  for (const [name, value] of Object.entries(values)) ad.set(name, integerValue(value));
  return ad;
}

function noResult({ peer }: CedarConnection): TransferFailure {
  return {
    kind: 'hold',
    code: HOLD_CODES.invalidTransferGoAhead,
    subcode: 1,
    reason: `|Error: the go-ahead of ${peer} has no Result`,
  };
}

/** The peer does not want it. */
function refusal(ad: ClassAd, peer: string): TransferFailure {
  const reason = ad.string('HoldReason') ?? `${peer} refused the transfer without a reason`;
  if (ad.boolean('TryAgain') ?? true) return { kind: 'retry', reason };
  return {
    kind: 'hold',
    code: ad.integer('HoldReasonCode') ?? 0,
    subcode: ad.integer('HoldReasonSubCode') ?? 0,
    reason,
  };
}
