/**
 * What a pool is told of a job while it runs and when it ends: the ads of the shadow's calls and of
 * the startd's updates.
 *
 * Source: what genuine starters of 23.9.6 and 25.14.1 sent (test/shadow has records); UserProc,
 * VanillaProc, JICShadow::publishUpdateAd and publishJobExitAd of HTCondor's condor_starter.
 */
import {
  adValue,
  ClassAd,
  type Expression,
  FALSE,
  integerValue,
  parseExpression,
  realValue,
  stringValue,
  TRUE,
} from '../condor/classad';
import { durationOf, setEnd } from './end-attributes';
import type { JobEnd } from './result';
import { type Measurement, setUsage } from './usage-attributes';

/** Why a job was told to leave its slot, as a startd says it. */
export interface VacateReason {
  readonly reason: string;
  readonly code: number;
  readonly subcode: number;
}

/** What is true of an activation as long as it lasts. */
export interface ActivationFacts {
  /** The starter's sinful string: who reconnects finds the starter by it. */
  readonly starterAddress: string;
  /** The job's sandbox, absolute; startds of 25.x want it. */
  readonly scratchDirectory: string;
  readonly vacate?: VacateReason | undefined;
}

/** How a job's process stands. */
export type JobState =
  | { readonly name: 'Running' | 'Suspended' }
  /**
   * `ended` is in seconds since the epoch, with fractions. `ownAccord`: nobody made it end, and the
   * shadow is one that wants to know (before 25.0): it writes so to the user's log.
   */
  | {
      readonly name: 'Exited';
      readonly exit: JobEnd;
      readonly ended: number | undefined;
      readonly ownAccord: boolean;
    };

/** A job that runs or has run. What is undefined was not measured, and is left out. */
export interface JobUpdate extends ActivationFacts {
  readonly state: JobState;
  readonly measured: Measurement;
  /** Processes that the job has. */
  readonly processes?: number | undefined;
}

/**
 * MEMORY_USAGE_METRIC's default: an expression, that the job ad's value follows every update of
 * ResidentSetSize.
 */
const MEMORY_USAGE = '((ResidentSetSize + 1023) / 1024)';

function memoryUsage(): Expression {
  const parsed = parseExpression(MEMORY_USAGE);
  if (!parsed.ok) throw new Error(`${MEMORY_USAGE}: ${parsed.error.message}`);
  return parsed.value;
}

/** The slot's resources, which the shadow corrects the job ad by: the first update. */
export function provisionedAd(machineAd: ClassAd): ClassAd {
  const ad = new ClassAd();
  const named = machineAd.string('MachineResources');
  if (named !== undefined) ad.set('ProvisionedResources', stringValue(named));
  for (const resource of (named ?? 'Cpus Disk Memory').split(/[\s,]+/).filter(Boolean)) {
    copy(ad, `${resource}Provisioned`, machineAd.get(resource));
    copy(ad, `Assigned${resource}`, machineAd.get(`Assigned${resource}`));
  }
  return ad;
}

function copy(ad: ClassAd, name: string, expression: Expression | undefined): void {
  if (expression !== undefined) ad.set(name, expression);
}

/** An update of a job that runs or has run. */
export function jobUpdateAd(update: JobUpdate): ClassAd {
  const ad = new ClassAd();
  const { measured, processes, state } = update;
  setUsage(ad, measured);
  if (measured.usage !== undefined) ad.set('MemoryUsage', memoryUsage());
  if (processes !== undefined) ad.set('NumPids', integerValue(processes));
  if (state.name === 'Exited') {
    setEnd(ad, state.exit);
    if (state.ended !== undefined && measured.started !== undefined) {
      const times = { started: measured.started, ended: state.ended };
      ad.set('JobDuration', realValue(durationOf(times)));
    }
    if (state.ownAccord) ad.set('ToE', adValue(ticketOfExecution(state.exit, state.ended ?? 0)));
  } else {
    ad.set('JobState', stringValue(state.name));
  }
  return setFacts(ad, update);
}

/** Why the job's execution is over, of its own accord: ToE::Tag of HTCondor's toe.cpp. */
function ticketOfExecution({ code, signal }: JobEnd, ended: number): ClassAd {
  const ad = new ClassAd()
    .set('Who', stringValue('itself'))
    .set('How', stringValue('OF_ITS_OWN_ACCORD'))
    .set('HowCode', integerValue(0))
    .set('When', integerValue(Math.floor(ended)))
    .set('ExitBySignal', signal === undefined ? FALSE : TRUE);
  return signal === undefined
    ? ad.set('ExitCode', integerValue(code ?? 0))
    : ad.set('ExitSignal', integerValue(signal));
}

/** What the final ad has beside what updates have told. */
export interface FinalFacts extends ActivationFacts {
  readonly measured: Pick<Measurement, 'sandbox'>;
  readonly transferred?: TransferredFiles | undefined;
  /** Last changes of the captured streams, seconds since the epoch; undefined: none was captured. */
  readonly stdoutModified?: number | undefined;
  readonly stderrModified?: number | undefined;
}

/** What was moved between the sandbox and the shadow. */
export interface TransferredFiles {
  /** Bytes of file contents: from here, to here. */
  readonly sent: number;
  readonly received: number;
  /**
   * Top-level names that went back: who fetches a spooled job's output takes these. The list is
   * separated by commas, so it cannot have a name with one; such a file is left out.
   */
  readonly spooled: readonly string[] | undefined;
}

/** The final ad: of the startd's last update and of the last call to the shadow. */
export function finalAd(facts: FinalFacts): ClassAd {
  const ad = new ClassAd();
  const { measured, stderrModified, stdoutModified, transferred } = facts;
  setUsage(ad, { pid: undefined, started: undefined, usage: undefined, ...measured });
  if (stdoutModified !== undefined) ad.set('StdoutMtime', integerValue(Math.floor(stdoutModified)));
  if (stderrModified !== undefined) ad.set('StderrMtime', integerValue(Math.floor(stderrModified)));
  if (transferred !== undefined) setTransferred(ad, transferred);
  ad.set('ExecuteDirWasEncrypted', FALSE);
  return setFacts(ad, facts);
}

function setTransferred(ad: ClassAd, transferred: TransferredFiles): void {
  ad.set('BytesSent', integerValue(transferred.sent));
  ad.set('BytesRecvd', integerValue(transferred.received));
  const spooled = transferred.spooled?.filter((name) => !name.includes(','));
  if (spooled !== undefined) ad.set('SpooledOutputFiles', stringValue(spooled.join(',')));
}

function setFacts(ad: ClassAd, facts: ActivationFacts): ClassAd {
  const { starterAddress, scratchDirectory, vacate } = facts;
  ad.set('StarterIpAddr', stringValue(starterAddress));
  ad.set('CondorScratchDir', stringValue(scratchDirectory));
  if (vacate !== undefined) {
    ad.set('VacateReason', stringValue(vacate.reason));
    ad.set('VacateReasonCode', integerValue(vacate.code));
    ad.set('VacateReasonSubCode', integerValue(vacate.subcode));
  }
  return ad;
}
