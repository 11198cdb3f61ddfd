/**
 * A job's result as an ad, under the names that HTCondor has for it.
 *
 * Source: the manual's appendix of job ClassAd attributes; what HTCondor's condor_starter writes for
 * -job-output-ad (UserProc, OsProc and VanillaProc::PublishUpdateAd; test/job/starter.json is a
 * record of it); codes of JobStatus in the same appendix, of VacateReasonCode in condor_holdcodes.h.
 */
import { ClassAd, integerValue, realValue, stringValue, type Value } from '../condor/classad';
import { assertNever } from '../result';
import { durationOf, setEnd } from './end-attributes';
import { holdCode } from './faults';
import { jobEnd, type JobOutcome, type JobResult } from './result';
import { setUsage } from './usage-attributes';

/** JobStatus. */
const IDLE = 1;
const REMOVED = 3;
const COMPLETED = 4;
const HELD = 5;

/** VacateReasonCode: the user's wish, and the starter's failure. */
const USER_VACATE_JOB = 1004;
const STARTER_ERROR = 1007;

type Row = readonly [name: string, value: Value];

/**
 * The result ad. An attribute is there only where its value is known: a job that never ran has no
 * ExitCode, an unmeasured sandbox no DiskUsage.
 */
export function resultAd(result: JobResult): ClassAd {
  const ad = new ClassAd();
  const end = jobEnd(result.outcome);
  const rows: readonly Row[] = [
    ['ClusterId', integer(result.cluster)],
    ['ProcId', integer(result.proc)],
    ...verdictRows(result.outcome),
    ...runRows(result),
  ];
  for (const [name, value] of rows) ad.set(name, value);
  if (end !== undefined) setEnd(ad, end);
  setUsage(ad, { ...result, started: result.times?.started });
  return ad;
}

/** What is to become of the job. */
function verdictRows(outcome: JobOutcome): readonly Row[] {
  switch (outcome.kind) {
    case 'completed':
      return [['JobStatus', integer(COMPLETED)]];
    case 'evicted':
      return evictedRows(outcome.ending.why);
    case 'held':
      return [
        ['JobStatus', integer(HELD)],
        ['HoldReason', stringValue(outcome.fault.reason)],
        ['HoldReasonCode', integer(holdCode(outcome.fault))],
        ['HoldReasonSubCode', integer(outcome.fault.subcode)],
      ];
    case 'lost':
      return vacatedRows(outcome.reason, STARTER_ERROR);
    default:
      return assertNever(outcome);
  }
}

function evictedRows(why: 'vacate' | 'remove' | 'hold'): readonly Row[] {
  switch (why) {
    case 'vacate':
      return vacatedRows('The starter was told to end the job', USER_VACATE_JOB);
    case 'remove':
      return [
        ['JobStatus', integer(REMOVED)],
        ['RemoveReason', stringValue('The starter was told to remove the job')],
      ];
    case 'hold':
      return [['JobStatus', integer(HELD)]];
    default:
      return assertNever(why);
  }
}

function vacatedRows(reason: string, code: number): readonly Row[] {
  return [
    ['JobStatus', integer(IDLE)],
    ['VacateReason', stringValue(reason)],
    ['VacateReasonCode', integer(code)],
    ['VacateReasonSubCode', integer(0)],
  ];
}

/** When it ran. Dates are whole seconds, durations have fractions. */
function runRows({ times }: JobResult): readonly Row[] {
  if (times === undefined) return [];
  const duration = realValue(durationOf(times));
  return [
    ['CompletionDate', integer(times.ended)],
    ['JobDuration', duration],
    ['RemoteWallClockTime', duration],
  ];
}

function integer(value: number): Value {
  return integerValue(Math.floor(value));
}
