/**
 * How a job's main process ended, under HTCondor's names: the part that a result and the updates
 * after the job's end have in common.
 *
 * Source: UserProc and OsProc::PublishUpdateAd of HTCondor's condor_starter.
 */
import { booleanValue, type ClassAd, integerValue, stringValue } from '../condor/classad';
import type { JobEnd, JobTimes } from './result';
import { signalWords } from './signals';

/** Sets the attributes of an end. */
export function setEnd(ad: ClassAd, { code, signal, coreDumped }: JobEnd): void {
  ad.set('JobState', stringValue('Exited'));
  ad.set('ExitBySignal', booleanValue(signal !== undefined));
  if (signal === undefined) {
    ad.set('ExitCode', integerValue(code ?? 0));
  } else {
    ad.set('ExitSignal', integerValue(signal));
    ad.set('ExitReason', stringValue(`died on signal ${signal} (${signalWords(signal)})`));
  }
  // HTCondor leaves it out where there is none.
  if (coreDumped) ad.set('JobCoreDumped', booleanValue(true));
}

/** How long a job ran, in seconds. */
export function durationOf({ started, ended }: JobTimes): number {
  // The clock has microseconds; what a subtraction adds below them is noise.
  return Math.round((ended - started) * 1e6) / 1e6;
}
