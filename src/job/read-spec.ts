/**
 * A job ad, read: everything that the ad says about its job, checked, with HTCondor's rules of
 * old names, defaults and quoting.
 *
 * Source: the manual's appendix of job ClassAd attributes, condor_submit(1), and what HTCondor's
 * condor_starter does with an ad on disk (JICLocal, OsProc::StartJob; test/job/starter.json is a
 * record of that) or from a shadow (JICShadow::initJobInfo).
 */
import type { ClassAd } from '../condor/classad';
import { err, ok, type Result } from '../result';
import { AdReader } from './ad-reader';
import { parseArgumentsV1, parseArgumentsV2 } from './arguments';
import { parseEnvironmentV1, parseEnvironmentV2 } from './environment-syntax';
import type { FaultCause, JobFault } from './faults';
import { readPlaces } from './places';
import { LAST_SIGNAL, SIGTERM, signalNumber } from './signals';
import type { JobSignals, JobSpec } from './spec';
import type { SpecContext } from './spec-context';
import { LOCAL, VANILLA, whyNotRunnable } from './universe';
import { type Place, unsupportedRequest } from './unsupported';

/**
 * Reads a job ad.
 *
 * @param context where the job comes from, and where its files are.
 * @returns the job, or a fault whose sentence names each attribute that is wrong, what it is and
 * what was expected.
 */
export function readJobSpec(ad: ClassAd, context: SpecContext): Result<JobSpec, JobFault> {
  const reader = new AdReader(ad);
  const refusal =
    whyNotRunnable(reader.integer('JobUniverse') ?? VANILLA, RUNNABLE[context.from]) ??
    unsupportedRequest(reader, placesOf(context));
  if (refusal !== undefined) return refuse('notSupported', refusal);
  const spec = readAll(reader, context);
  const [first] = reader.complaints;
  return first === undefined ? ok(spec) : refuse('badJobAd', reader.complaints.join('; '));
}

function refuse(cause: FaultCause, complaint: string): Result<never, JobFault> {
  return err({ cause, subcode: 0, reason: `The job ad cannot be run: ${complaint}` });
}

/** Universes that run here. A local job is a vanilla one that needs no transfer of its files. */
const RUNNABLE = { hand: [VANILLA, LOCAL], shadow: [VANILLA] } as const;

/** Where the job is to run, as the table of what is not supported has it. */
function placesOf(context: SpecContext): readonly Place[] {
  if (context.from === 'hand') return ['anywhere'];
  return [
    'anywhere',
    'pool',
    ...(context.glexec === true ? [] : (['pool without gLExec'] as const)),
    ...(context.files.kind === 'shared' ? [] : (['sandbox'] as const)),
  ];
}

function readAll(reader: AdReader, context: SpecContext): JobSpec {
  return {
    ...readPlaces(reader, context),
    ...readId(reader, context),
    owner: readOwner(reader),
    uidDomain: reader.text('UidDomain'),
    runAsOwner: reader.boolean('RunAsOwner'),
    arguments: readArguments(reader),
    environment: readEnvironment(reader),
    requestedChroot: reader.text('RequestedChroot'),
    signals: readSignals(reader),
    killTimeout: reader.count('JobMaxVacateTime') ?? reader.count('KillSigTimeout'),
    coreSize: readCoreSize(reader),
    stackSize: reader.count('StackSize') || undefined,
    request: {
      cpus: reader.count('RequestCpus') ?? 1,
      memory: reader.count('RequestMemory'),
      disk: reader.count('RequestDisk'),
    },
  };
}

function readId(reader: AdReader, context: SpecContext): Pick<JobSpec, 'cluster' | 'proc'> {
  const cluster = reader.count('ClusterId');
  const proc = reader.count('ProcId');
  if (context.from === 'hand') {
    // HTCondor's own defaults for an ad on disk.
    return { cluster: context.cluster ?? cluster ?? 1, proc: context.proc ?? proc ?? 0 };
  }
  if (cluster === undefined || proc === undefined) {
    reader.complain('ClusterId or ProcId is missing; expected the number of the job');
  }
  return { cluster: cluster ?? 0, proc: proc ?? 0 };
}

function readArguments(reader: AdReader): readonly string[] {
  const v2 = reader.string('Arguments');
  const v1 = v2 === undefined ? reader.string('Args') : undefined;
  if (v2 === undefined) return parseArgumentsV1(v1 ?? '');
  const words = parseArgumentsV2(v2);
  if (words.ok) return words.value;
  reader.complain(`Arguments cannot be read: ${words.error}`);
  return [];
}

function readEnvironment(reader: AdReader): ReadonlyMap<string, string> {
  const v2 = reader.string('Environment');
  const read =
    v2 === undefined
      ? parseEnvironmentV1(reader.string('Env') ?? '', reader.text('EnvDelim'))
      : parseEnvironmentV2(v2);
  if (read.ok) return read.value;
  reader.complain(`${v2 === undefined ? 'Env' : 'Environment'} cannot be read: ${read.error}`);
  return new Map();
}

/** HTCondor's order: an OsUser is used as it is, a User without its domain. */
function readOwner(reader: AdReader): string | undefined {
  const osUser = reader.text('OsUser');
  const user = reader.text('User')?.split('@', 1)[0];
  const owner = reader.text('Owner');
  return osUser ?? (user || owner);
}

function readSignals(reader: AdReader): JobSignals {
  const soft = readSignal(reader, 'KillSig') ?? SIGTERM;
  return {
    soft,
    remove: readSignal(reader, 'RemoveKillSig') ?? soft,
    hold: readSignal(reader, 'HoldKillSig') ?? soft,
  };
}

/** A signal by name or number. */
function readSignal(reader: AdReader, attribute: string): number | undefined {
  const value = reader.value(attribute);
  if (value === undefined) return undefined;
  const isName = value.type === 'string';
  const number = isName ? signalNumber(value.value) : reader.integer(attribute);
  if (number !== undefined && number >= 1 && number <= LAST_SIGNAL) return number;
  if (isName || number !== undefined) {
    reader.complain(
      `${attribute} is ${isName ? `"${value.value}"` : number}; expected the name of a signal, ` +
        `such as "SIGTERM", or a number from 1 to ${LAST_SIGNAL}`,
    );
  }
  return undefined;
}

/** A job that asks for no core file gets none. */
function readCoreSize(reader: AdReader): number | 'unlimited' {
  const size = reader.integer('CoreSize') ?? 0;
  return size < 0 ? 'unlimited' : size;
}
