/**
 * From a job ad to a LaunchPlan, without effects: what `eyrie plan` shows and `eyrie run` carries
 * out. The rooms' order is the data's: ad → spec → account → environment → policy → plan.
 */
import type { ClassAd } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import type { CgroupPlan } from '../job/cgroup-plan';
import { type EnvironmentInput, jobEnvironment } from '../job/environment';
import type { JobFault } from '../job/faults';
import type { Account, HostView } from '../job/host';
import { chooseIdentity, type Identity } from '../job/identity';
import type { IsolationPolicy } from '../job/isolation-policy';
import { type MappedIds, proxyName, withOwnProxy } from '../job/glexec-mode';
import { refuseHooks } from '../job/job-hooks';
import { slotNameOf } from '../job/machine-ad';
import { type JobPolicies, readJobPolicies } from '../job/job-policies';
import { planCgroup } from '../job/plan-cgroup';
import { planJob } from '../job/plan-job';
import type { PlanError, PlanMode, PlannedJob } from '../job/plan-input';
import { readPolicy } from '../job/read-policy';
import { readJobSpec } from '../job/read-spec';
import { planScratchDisk, type ScratchDisk } from '../job/scratch-disk';
import type { JobSpec } from '../job/spec';
import type { SpecContext } from '../job/spec-context';
import { readWatchRules, type WatchRules } from '../job/watch-rules';
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
  /** gLExec runs the job: as whom, where that is known by now. Undefined: it does not. */
  readonly glexec?: { readonly mapped: MappedIds | undefined } | undefined;
  /** The account that the process control daemon has leased, in mode `daemon`. */
  readonly leased?: { readonly account: Account; readonly isGuest: boolean } | undefined;
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
  /** The job's control group; undefined: it gets none. */
  readonly cgroup: CgroupPlan | undefined;
  /** The sandbox' own file system; undefined: it has none. */
  readonly disk: ScratchDisk | undefined;
  readonly watch: WatchRules;
  readonly policies: JobPolicies;
  /** CPUs of the slot, and MiB of memory. */
  readonly slot: { readonly cpus: number | undefined; readonly memory: number | undefined };
  /** What the policies are judged over. */
  readonly ads: { readonly jobAd: ClassAd; readonly machineAd: ClassAd };
  /** The sandbox's path. */
  readonly sandbox: string;
  /** The name in it of the job's proxy, by which gLExec runs it; undefined: it does not. */
  readonly glexec: { readonly proxy: string } | undefined;
  /** `slot1_2` */
  readonly slotName: string;
  /** GlobalJobId of the job's ad; undefined where no schedd gave it one. */
  readonly globalId: string | undefined;
}

/** Why a job cannot be prepared: its own fault, a knob's, or the site's. */
export type PreparationError = JobFault | KnobError | PlanError;

/** Prepares a job; see {@link Preparation}. */
export function prepareJob(input: Preparation): Result<PreparedJob, PreparationError> {
  const spec = readJobSpec(input.jobAd, input.spec);
  if (!spec.ok) return spec;
  const hooks = refuseHooks(input.config);
  if (!hooks.ok) return hooks;
  const glexec = prepareGlexec(input, spec.value);
  if (!glexec.ok) return glexec;
  const identity = findIdentity(input, spec.value);
  if (!identity.ok) return identity;
  const read = readOwnPolicy(input);
  if (!read.ok) return read;
  const cgroup = planCgroup({
    ...input,
    suffix: input.spec.from === 'hand' ? input.starter.pid : undefined,
    account: identity.value.account,
    cpus: read.value.cpus,
    isSeenAsRoot: read.value.cgroupNamespace,
  });
  if (!cgroup.ok) return cgroup;
  const policy = cgroup.value === undefined ? withoutCgroup(read.value) : read.value;
  const disk =
    input.mode === 'daemon' ? ok({ disk: undefined, notes: [] }) : planScratchDisk(input);
  if (!disk.ok) return disk;
  const watch = readWatchRules(input.config, input.jobAd, input.machineAd);
  if (!watch.ok) return watch;
  const policies = readJobPolicies(input.config);
  if (!policies.ok) return policies;
  const sandbox = `${input.executeDirectory}/${input.sandboxName}`;
  const told = glexec.value === undefined ? spec : withOwnProxy(spec.value, sandbox);
  if (!told.ok) return told;
  const environment = makeEnvironment(input, told.value, identity.value, {
    scratch: sandbox,
    temporary: temporaryDirectory(input, policy, sandbox),
  });
  if (!environment.ok) return environment;
  const planned = planJob({
    spec: spec.value,
    policy,
    host: input.host,
    identity: identity.value,
    environment: environment.value,
    sandbox: { executeDirectory: input.executeDirectory, directory: sandbox },
    mode: input.mode,
    glexec: input.glexec,
  });
  if (!planned.ok) return planned;
  return ok({
    ...planned.value,
    glexec: glexec.value,
    notes: [...planned.value.notes, ...disk.value.notes],
    disk: disk.value.disk,
    spec: spec.value,
    identity: identity.value,
    policy,
    cgroup: cgroup.value,
    watch: watch.value,
    policies: policies.value,
    slot: { cpus: input.machineAd.integer('Cpus'), memory: input.machineAd.integer('Memory') },
    ads: { jobAd: input.jobAd, machineAd: input.machineAd },
    sandbox,
    slotName: slotNameOf(input.machineAd),
    globalId: input.jobAd.string('GlobalJobId'),
  });
}

/** What of the site's policy is this starter's to carry out: the daemon has its own. */
function readOwnPolicy(input: Preparation): Result<IsolationPolicy, KnobError> {
  const read = readPolicy({ ...input, slotName: slotNameOf(input.machineAd) });
  if (!read.ok || input.mode !== 'daemon') return read;
  const nothing = { wrapper: undefined, cpus: undefined, cgroupNamespace: false, notes: [] };
  return ok({ ...read.value, ...nothing });
}

/** Where a job has no cgroup of its own, a namespace would show it the starter's. */
export function withoutCgroup(policy: IsolationPolicy): IsolationPolicy {
  if (!policy.cgroupNamespace) return policy;
  const note = 'USE_CGROUP_NAMESPACES has no effect: this job gets no cgroup of its own';
  return { ...policy, cgroupNamespace: false, notes: [...policy.notes, note] };
}

function prepareGlexec(
  { glexec }: Preparation,
  spec: JobSpec,
): Result<PreparedJob['glexec'], JobFault> {
  if (glexec === undefined) return ok(undefined);
  const name = proxyName(spec);
  return name.ok ? ok({ proxy: name.value }) : name;
}

function findIdentity(input: Preparation, spec: JobSpec): Result<Identity, JobFault | KnobError> {
  if (input.leased !== undefined) {
    const { account, isGuest } = input.leased;
    return ok({ account, kind: 'leased', dedicated: isGuest });
  }
  return chooseIdentity({
    spec,
    config: input.config,
    host: input.host,
    jobAd: input.jobAd,
    slotName: slotNameOf(input.machineAd),
    submitter: input.submitter,
    mapped: input.glexec?.mapped,
  });
}

/** TMPDIR: a private /tmp is in the sandbox too, and has a name that programs can take for granted. */
function temporaryDirectory(
  { mode }: Preparation,
  { mountUnderScratch }: IsolationPolicy,
  sandbox: string,
): string {
  const isOurs = mode === 'root' || mode === 'rootless';
  return isOurs && mountUnderScratch.includes('/tmp') ? '/tmp' : sandbox;
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
