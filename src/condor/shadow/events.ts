/**
 * Events that a starter has its shadow write to the user's log, as ads.
 *
 * Source: RemoteErrorEvent and GenericEvent of HTCondor's condor_event.h, their ads as a starter of
 * 23.9.6 sent them; what a shadow does with codes: condor_holdcodes.h and RemoteResource::logEvent of
 * its condor_shadow.
 */
import { ClassAd, FALSE, integerValue, stringValue } from '../classad';

/** What is to become of a job after an error. */
export type ErrorVerdict =
  /** The job is held. `code` is a hold code, above 0 and below 1000. */
  | { readonly kind: 'hold'; readonly code: number; readonly subcode: number }
  /** The job leaves the slot and waits for another. `code` is a vacate code, from 1000 on. */
  | { readonly kind: 'vacate'; readonly code: number; readonly subcode: number }
  /** Likewise, without a code of its own. */
  | { readonly kind: 'requeue' }
  /** Nothing: a line in the log. */
  | { readonly kind: 'note' };

/** The first code that is one for leaving a slot: CONDOR_HOLD_CODE::VacateBase. */
export const VACATE_BASE = 1000;

/** The verdict that a code stands for: below 1 it is no hold code, from 1000 on a vacate code. */
export function verdictOf(code: number, subcode: number): ErrorVerdict {
  if (code <= 0) return { kind: 'requeue' };
  return { kind: code < VACATE_BASE ? 'hold' : 'vacate', code, subcode };
}

/**
 * An error that ends the activation, but for a note.
 *
 * @param text for the user: it becomes the job's hold reason.
 * @param time seconds since the epoch.
 */
export function remoteErrorEvent(text: string, verdict: ErrorVerdict, time: number): ClassAd {
  const ad = eventAd('RemoteErrorEvent', 21, time)
    .set('Daemon', stringValue('starter'))
    .set('ErrorMsg', stringValue(withoutNul(text)));
  switch (verdict.kind) {
    case 'hold':
    case 'vacate':
      return ad
        .set('HoldReasonCode', integerValue(verdict.code))
        .set('HoldReasonSubCode', integerValue(verdict.subcode));
    case 'requeue':
      return ad;
    case 'note':
      return ad.set('CriticalError', FALSE);
  }
}

/** Characters that a generic event has room for: `info` of GenericEvent. */
const LONGEST_NOTE = 128;

/** A line of text for the user's log. What is longer than 128 characters is cut. */
export function genericEvent(text: string, time: number): ClassAd {
  const line = withoutNul(text).replaceAll('\n', ' ');
  const info = Array.from(line).slice(0, LONGEST_NOTE).join('');
  return eventAd('GenericEvent', 8, time).set('Info', stringValue(info));
}

/** That the job's process has ended, for the call `eventNotification`. */
export function activationEvent(): ClassAd {
  return new ClassAd().set('EventType', stringValue('ActivationExecutionExit'));
}

function eventAd(type: string, number: number, time: number): ClassAd {
  return new ClassAd()
    .set('MyType', stringValue(type))
    .set('EventTypeNumber', integerValue(number))
    .set('EventTime', stringValue(new Date(time * 1000).toISOString()));
}

/** No string on the wire holds a NUL. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
