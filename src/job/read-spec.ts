/**
 * A job ad, read: everything that the ad says about its job, checked, with HTCondor's rules of
 * old names, defaults and quoting.
 *
 * Source: the manual's appendix of job ClassAd attributes, condor_submit(1), and what HTCondor's
 * condor_starter does with an ad on disk (JICLocal, OsProc::StartJob); test/job/starter.json is a
 * record of that.
 */
import type { ClassAd } from '../condor/classad';
import { err, ok, type Result } from '../result';
import { AdReader } from './ad-reader';
import { parseArgumentsV1, parseArgumentsV2 } from './arguments';
import { parseEnvironmentV1, parseEnvironmentV2 } from './environment-syntax';
import type { FaultCause, JobFault } from './faults';
import { LAST_SIGNAL, SIGTERM, signalNumber } from './signals';
import type { JobSignals, JobSpec, StreamSpec } from './spec';
import { absolutePath, readStream, type StreamOverrides, type StreamRules } from './streams';
import { whyNotRunnable, VANILLA } from './universe';
import { unsupportedRequest } from './unsupported';

/** What a job ad is read with, beside itself. */
export interface SpecContext {
  /** The caller's working directory: the Iwd of an ad that has none. Absolute. */
  readonly cwd: string;
  /** Where Out and Err go that the ad does not name. */
  readonly missingOutput: 'inherit' | 'null';
  /** `-job-cluster` and `-job-proc`: they win over ClusterId and ProcId. */
  readonly cluster?: number | undefined;
  readonly proc?: number | undefined;
  readonly streams?: StreamOverrides;
}

/**
 * Reads a job ad whose files are at hand: no transfer, no shadow.
 *
 * @returns the job, or a fault whose sentence names each attribute that is wrong, what it is and
 * what was expected.
 */
export function readJobSpec(ad: ClassAd, context: SpecContext): Result<JobSpec, JobFault> {
  const reader = new AdReader(ad);
  const refusal =
    whyNotRunnable(reader.integer('JobUniverse') ?? VANILLA) ?? unsupportedRequest(reader);
  if (refusal !== undefined) return refuse('notSupported', refusal);
  const spec = readAll(reader, context);
  const [first] = reader.complaints;
  return first === undefined ? ok(spec) : refuse('badJobAd', reader.complaints.join('; '));
}

function refuse(cause: FaultCause, complaint: string): Result<never, JobFault> {
  return err({ cause, subcode: 0, reason: `The job ad cannot be run: ${complaint}` });
}

function readAll(reader: AdReader, context: SpecContext): JobSpec {
  const iwd = absolutePath(reader.text('Iwd') ?? context.cwd, context.cwd);
  const proxy = reader.text('x509userproxy');
  return {
    // HTCondor's own defaults for an ad on disk.
    cluster: context.cluster ?? reader.count('ClusterId') ?? 1,
    proc: context.proc ?? reader.count('ProcId') ?? 0,
    owner: readOwner(reader),
    uidDomain: reader.text('UidDomain'),
    runAsOwner: reader.boolean('RunAsOwner'),
    command: readCommand(reader, iwd),
    arguments: readArguments(reader),
    environment: readEnvironment(reader),
    iwd,
    ...readStreams(reader, iwd, context),
    x509UserProxy: proxy && absolutePath(proxy, iwd),
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

function readCommand(reader: AdReader, iwd: string): string {
  const command = reader.text('Cmd');
  if (command === undefined) {
    reader.complain('Cmd is missing; expected the path of the program to run');
  }
  return absolutePath(command ?? '', iwd);
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

function readStreams(
  reader: AdReader,
  iwd: string,
  { cwd, streams = {}, missingOutput }: SpecContext,
): Pick<JobSpec, 'stdin' | 'stdout' | 'stderr'> {
  const append = reader.boolean('EraseOutputAndErrorOnRestart') === false;
  const input: StreamRules = { iwd, cwd, append: false, missing: { kind: 'null' } };
  const output: StreamRules = { iwd, cwd, append, missing: { kind: missingOutput } };
  const read = (attribute: string, override: string | undefined, rules: StreamRules): StreamSpec =>
    readStream(reader.text(attribute), override, rules);
  return {
    stdin: read('In', streams.stdin, input),
    stdout: read('Out', streams.stdout, output),
    stderr: read('Err', streams.stderr, output),
  };
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
