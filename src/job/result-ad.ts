/**
 * A job's result as an ad, under the names that HTCondor has for it.
 *
 * Source: the manual's appendix of job ClassAd attributes; what HTCondor's condor_starter writes for
 * -job-output-ad (UserProc, OsProc and VanillaProc::PublishUpdateAd; test/job/starter.json is a
 * record of it); codes of JobStatus in the same appendix, of VacateReasonCode in condor_holdcodes.h.
 */
import {
  booleanValue,
  ClassAd,
  integerValue,
  realValue,
  stringValue,
  type Value,
} from '../condor/classad';
import { assertNever } from '../result';
import { holdCode } from './faults';
import { type JobEnd, jobEnd, type JobOutcome, type JobResult } from './result';
import { signalWords } from './signals';
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
    ...(end === undefined ? [] : endRows(end)),
    ...runRows(result),
  ];
  for (const [name, value] of rows) ad.set(name, value);
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

/** How the main process ended. */
function endRows({ code, signal, coreDumped }: JobEnd): readonly Row[] {
  const how: readonly Row[] =
    signal === undefined
      ? [['ExitCode', integer(code ?? 0)]]
      : [
          ['ExitSignal', integer(signal)],
          ['ExitReason', stringValue(`died on signal ${signal} (${signalWords(signal)})`)],
        ];
  return [
    ['JobState', stringValue('Exited')],
    ['ExitBySignal', booleanValue(signal !== undefined)],
    ...how,
    // HTCondor leaves it out where there is none.
    ...(coreDumped ? ([['JobCoreDumped', booleanValue(true)]] as const) : []),
  ];
}

/** When it ran. Dates are whole seconds, durations have fractions. */
function runRows({ times }: JobResult): readonly Row[] {
  if (times === undefined) return [];
  // The clock has microseconds; what a subtraction adds below them is noise.
  const duration = realValue(Math.round((times.ended - times.started) * 1e6) / 1e6);
  return [
    ['CompletionDate', integer(times.ended)],
    ['JobDuration', duration],
    ['RemoteWallClockTime', duration],
  ];
}

function integer(value: number): Value {
  return integerValue(Math.floor(value));
}
