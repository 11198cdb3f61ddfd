/**
 * From a job ad to a LaunchPlan, without effects: what `eyrie plan` shows and `eyrie run` carries
 * out. The rooms' order is the data's: ad → spec → account → environment → policy → plan.
 */
import type { ClassAd } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { type EnvironmentInput, jobEnvironment } from '../job/environment';
import type { JobFault } from '../job/faults';
import type { HostView } from '../job/host';
import { chooseIdentity, type Identity } from '../job/identity';
import type { IsolationPolicy } from '../job/isolation-policy';
import { refuseHooks } from '../job/job-hooks';
import { slotNameOf } from '../job/machine-ad';
import { planJob } from '../job/plan-job';
import type { PlanError, PlanMode, PlannedJob } from '../job/plan-input';
import { readPolicy } from '../job/read-policy';
import { readJobSpec } from '../job/read-spec';
import type { JobSpec } from '../job/spec';
import type { SpecContext } from '../job/spec-context';
import type { Submitter } from '../job/uid-domain';
import { ok, type Result } from '../result';

/** Everything that decides how a job is prepared. */
export interface Preparation {
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
  readonly config: Config;
  readonly host: HostView;
  readonly spec: SpecContext;
  readonly mode: PlanMode;
  /** Where the job comes from: what its owner's name means here. */
  readonly submitter: Submitter;
  /** EXECUTE; absolute. */
  readonly executeDirectory: string;
  /** `dir_<pid>`. */
  readonly sandboxName: string;
  /** More chroots than the knob NAMED_CHROOT has: the stored images, name to directory. */
  readonly images: ReadonlyMap<string, string>;
  readonly starter: {
    readonly pid: number;
    /** When it started, seconds since the epoch. */
    readonly started: number;
    /** A random number below 2^32, for the mark of its family. */
    readonly random: number;
    readonly environment: Readonly<Record<string, string | undefined>>;
  };
  /** The CPUs that a startd has chosen for the job; undefined: none, or there is no startd. */
  readonly assignedCpus?: string | undefined;
  /** HTCondor's programs, for the job; undefined: there are none. */
  readonly bin?: string | undefined;
  /** Where the result ad goes, if to a file. */
  readonly outputAd: string | undefined;
}

/** A job that is ready to be launched. */
export interface PreparedJob extends PlannedJob {
  readonly spec: JobSpec;
  readonly identity: Identity;
  readonly policy: IsolationPolicy;
  /** The sandbox's path. */
  readonly sandbox: string;
}

/** Why a job cannot be prepared: its own fault, a knob's, or the site's. */
export type PreparationError = JobFault | KnobError | PlanError;

/** Prepares a job; see {@link Preparation}. */
export function prepareJob(input: Preparation): Result<PreparedJob, PreparationError> {
  const spec = readJobSpec(input.jobAd, input.spec);
  if (!spec.ok) return spec;
  const hooks = refuseHooks(input.config);
  if (!hooks.ok) return hooks;
  const identity = findIdentity(input, spec.value);
  if (!identity.ok) return identity;
  const policy = readPolicy({ ...input, slotName: slotNameOf(input.machineAd) });
  if (!policy.ok) return policy;
  const sandbox = `${input.executeDirectory}/${input.sandboxName}`;
  const environment = makeEnvironment(input, spec.value, identity.value, {
    scratch: sandbox,
    temporary: temporaryDirectory(input, policy.value, sandbox),
  });
  if (!environment.ok) return environment;
  const planned = planJob({
    spec: spec.value,
    policy: policy.value,
    host: input.host,
    identity: identity.value,
    environment: environment.value,
    sandbox: { executeDirectory: input.executeDirectory, directory: sandbox },
    mode: input.mode,
  });
  if (!planned.ok) return planned;
  return ok({
    ...planned.value,
    spec: spec.value,
    identity: identity.value,
    policy: policy.value,
    sandbox,
  });
}

function findIdentity(input: Preparation, spec: JobSpec) {
  return chooseIdentity({
    spec,
    config: input.config,
    host: input.host,
    jobAd: input.jobAd,
    slotName: slotNameOf(input.machineAd),
    submitter: input.submitter,
  });
}

/** TMPDIR: a private /tmp is in the sandbox too, and has a name that programs can take for granted. */
function temporaryDirectory(
  { mode }: Preparation,
  { mountUnderScratch }: IsolationPolicy,
  sandbox: string,
): string {
  return mode !== 'unprivileged' && mountUnderScratch.includes('/tmp') ? '/tmp' : sandbox;
}

function makeEnvironment(
  input: Preparation,
  spec: JobSpec,
  identity: Identity,
  places: Pick<EnvironmentInput, 'scratch' | 'temporary'>,
): Result<Map<string, string>, KnobError> {
  const { config, machineAd, outputAd, starter } = input;
  return jobEnvironment({
    spec,
    config,
    machineAd,
    slotName: slotNameOf(machineAd),
    home: identity.account.home,
    ...places,
    ancestor: { pid: starter.pid, time: starter.started, random: starter.random },
    starter: new Map(
      Object.entries(starter.environment).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
    ),
    outputAd,
    bin: input.bin,
  });
}
