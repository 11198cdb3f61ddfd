/**
 * The two ads at the end of a transfer: the sender's, then the receiver's. They are always sent, so
 * that both sides know how it ended.
 *
 * Source: FileTransfer::SendTransferAck and GetTransferAck.
 */
import { adValue, ClassAd, integerValue, stringValue } from '../classad';
import { HOLD_CODES, REPORTS } from './protocol';
import type { TransferStatistics } from './requests';

/** How a transfer ended for one side, where it did not end well. */
export interface Trouble {
  readonly tryAgain: boolean;
  readonly code: number;
  readonly subcode: number;
  /** The side's sentence, with the mark `|Error: ` before what a user is to see. */
  readonly reason: string;
}

/** What was moved, with the ad that tells the peer; `CedarSizeBytes` and `Protocols` since 25.x. */
export function statisticsOf(files: number, bytes: number): TransferStatistics {
  const ad = new ClassAd()
    .set('CedarFilesCount', integerValue(files))
    .set('CedarSizeBytes', integerValue(bytes));
  if (files > 0) ad.set('Protocols', stringValue('cedar'));
  return { files, bytes, ad: ClassAd.from(ad) };
}

/** Our final report. */
export function reportAd(statistics: TransferStatistics, trouble: Trouble | undefined): ClassAd {
  const ad = new ClassAd();
  if (trouble === undefined) {
    ad.set('Result', integerValue(REPORTS.success));
  } else {
    ad.set('Result', integerValue(trouble.tryAgain ? REPORTS.tryAgain : REPORTS.failed));
    ad.set('HoldReason', stringValue(trouble.reason));
    ad.set('HoldReasonCode', integerValue(trouble.code));
    ad.set('HoldReasonSubCode', integerValue(trouble.subcode));
  }
  ad.set('TransferStats', adValue(statistics.ad));
  return ad;
}

/** What the peer's final report says went wrong; undefined: nothing did. */
export function troubleOf(ad: ClassAd, peer: string): Trouble | undefined {
  const result = ad.integer('Result');
  if (result === REPORTS.success) return undefined;
  if (result === undefined) {
    const reason = `|Error: the final report of ${peer} has no Result`;
    return { tryAgain: false, code: HOLD_CODES.invalidTransferAck, subcode: 0, reason };
  }
  return {
    tryAgain: result > 0,
    code: ad.integer('HoldReasonCode') ?? 0,
    subcode: ad.integer('HoldReasonSubCode') ?? 0,
    reason: ad.string('HoldReason') ?? `|Error: ${peer} failed without a reason`,
  };
}
