/**
 * A prepared job from its launch to its end: supervision, times, and what it came to. The sandbox is
 * there before, is the job's meanwhile, and is whoever's who called after.
 */
import { describeOutcome } from '../job/describe-outcome';
import { explainFailure } from '../job/explain-failure';
import { isFaultCause, type JobFault } from '../job/faults';
import type { MappedIds } from '../job/glexec-mode';
import type { StepFailure } from '../job/plan';
import { jobEnd, type JobResult, type JobTimes } from '../job/result';
import type { JobSpec } from '../job/spec';
import { errnoText } from '../kernel/errno';
import type { Launch, LaunchError, LaunchRefusal } from '../kernel/launch-types';
import { giveBackUnusedMemory } from '../kernel/memory';
import type { Logger } from '../log';
import { machineFault } from '../privsep/machine-fault';
import type { PrivilegedSteps, Sandbox } from '../privsep/types';
import { err, ok, type Result } from '../result';
import { JobFamily } from './job-family';
import { JobResources } from './job-resources';
import type { LifeEvent } from './lifecycle';
import { type Cloned, measureJob, now, usageOf } from './measure-job';
import { judgeDisk, watchDisk } from './disk-watch';
import { watchPolicies } from './policy-watch';
import type { PreparedJob } from './prepare';
import type { StarterProcd } from './procd-settings';
import { recordJob } from './running/record-job';
import { type SupervisedJob, superviseJob, type Supervision } from './supervise';

/** A launch to be made. */
export interface JobRun {
  readonly prepared: PreparedJob;
  readonly steps: PrivilegedSteps;
  /** Seconds from a soft kill to the hard one; undefined where somebody else escalates. */
  readonly killTimeout: number | undefined;
  readonly log: Logger;
  /** Who keeps the job's processes together with eyrie-init; undefined: nobody. */
  readonly procd: StarterProcd | undefined;
  /** Told of the clone, before the job's first instruction. */
  onCloned?(launch: Launch, family: JobFamily | undefined): void;
  /** Told likewise of what counts the job's use of the machine. */
  onResources?(resources: JobResources): void;
  /** Filled with the job's input. */
  readonly sandbox: Sandbox;
  /** Prepares the job anew for whom its sandbox has come to belong to; undefined: nobody else ever. */
  prepareFor?(ids: MappedIds): Result<PreparedJob, JobFault>;
  /** Told that a policy wants the job to stand still or to go on; undefined: the job is told. */
  onPolicy?(event: Extract<LifeEvent, { on: 'suspend' | 'continue' }>): void;
  /** Told of each event in the job's life, before it takes effect. */
  onEvent?(event: LifeEvent): void;
  /** Connects what the world wants of the job to its life; gives the way to disconnect. */
  connect(post: (event: LifeEvent) => void): () => void;
}

/** The result of a job that never ran. */
export function notRun(
  { cluster, proc }: Pick<JobSpec, 'cluster' | 'proc'>,
  reason: JobFault,
): JobResult {
  return {
    cluster,
    proc,
    outcome: { kind: 'held', fault: reason, exit: undefined },
    pid: undefined,
    times: undefined,
    usage: undefined,
    sandbox: undefined,
  };
}

/** The job's surroundings could not be made. */
export function surroundingsFault(reason: string, errno: number): JobFault {
  return { cause: 'cannotCreateProcess', subcode: errno, reason };
}

/** Milliseconds: for a job that is shorter nothing is done to save memory. */
const SHORT_JOB_MS = 100;

/** Milliseconds: a job that is shorter is not recorded as one that runs. */
const RECORD_AFTER_MS = 10;

/** Launches a job and watches it to its end; nothing of its family is left then. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { prepared, sandbox, steps } = run;
  const proxy = prepared.glexec?.proxy;
  const given = await steps.handOver(sandbox, proxy);
  if (!given.ok) return notRun(prepared.spec, given.error);
  const ready = given.value === undefined ? ok(prepared) : prepareFor(run, given.value);
  const result = ready.ok
    ? await launchJob({ ...run, prepared: ready.value })
    : notRun(prepared.spec, ready.error);
  const taken = await steps.takeBack(sandbox);
  // Who has lost the job cannot give its sandbox back either.
  if (taken.ok || result.outcome.kind === 'lost') return result;
  const exit = jobEnd(result.outcome);
  return { ...result, outcome: { kind: 'held', fault: taken.error, exit } };
}

function prepareFor(run: JobRun, ids: MappedIds): Result<PreparedJob, JobFault> {
  run.log.always(`gLExec maps the job's proxy to uid ${ids.uid}, gid ${ids.gid}`);
  return run.prepareFor?.(ids) ?? ok(run.prepared);
}

async function launchJob(run: JobRun): Promise<JobResult> {
  const { prepared, steps } = run;
  const resources = await JobResources.open(prepared, run.log);
  try {
    const launch = await resources.start(steps);
    if (!launch.ok) return notRun(prepared.spec, explain(run, launch.error));
    run.log.debug('D_FULLDEBUG', () => `Cloned eyrie-init, pid ${launch.value.pid}`);
    const family = run.procd && new JobFamily(run.procd, prepared, launch.value, run.log);
    run.onCloned?.(launch.value, family);
    run.onResources?.(resources);
    return await watch(run, { launch: launch.value, family, resources });
  } finally {
    await resources.close();
  }
}

async function watch(run: JobRun, cloned: Cloned): Promise<JobResult> {
  const { family, launch, resources } = cloned;
  const { spec } = run.prepared;
  let pid: number | undefined;
  let started: number | undefined;
  let ended: number | undefined;
  let thrift: NodeJS.Timeout | undefined;
  let forget: (() => void) | undefined;
  const job: SupervisedJob = superviseJob(launch, {
    rules: { signals: spec.signals, killTimeout: run.killTimeout },
    ...supervisionBy(run, cloned),
    explain: (failure) => explain(run, failure),
    onEvent(event) {
      if (event.on === 'started') {
        pid = event.pid;
        started = now();
        run.log.always(`Job ${spec.cluster}.${spec.proc} runs: pid ${pid}, ${spec.command}`);
        forget = tellOfJob(run, launch, pid);
        thrift = setTimeout(giveBackUnusedMemory, SHORT_JOB_MS);
      } else if (event.on === 'exited') {
        ended = now();
      }
      run.onEvent?.(event);
    },
    onPhase: ({ name }, { on }) => run.log.debug('D_JOB', () => `${on}: the job is ${name}`),
  });
  const disconnect = run.connect(job.post);
  const stopWatching = watchLimits(run, cloned, job, () => started);
  const ending = await job.outcome;
  stopWatching();
  const usage = usageOf(ending, resources);
  // Nothing that is left may still be at work when the sandbox is looked at.
  const used = family === undefined ? usage : await family.end(usage);
  const outcome = judgeDisk(run, resources.judge(ending));
  disconnect();
  clearTimeout(thrift);
  forget?.();
  if (jobEnd(outcome) !== undefined) {
    run.log.always(`Job ${spec.cluster}.${spec.proc} ${describeOutcome(outcome).text}`);
  }
  return {
    cluster: spec.cluster,
    proc: spec.proc,
    outcome,
    pid,
    times: times(started, ended),
    usage: used,
    sandbox: undefined,
  };
}

/** Ends or stops the job where it goes over its limits; gives the way to stop that. */
function watchLimits(
  run: JobRun,
  cloned: Cloned,
  job: SupervisedJob,
  started: () => number | undefined,
): () => void {
  const hold = (fault: JobFault): void =>
    job.post({ on: 'hard-kill', ending: { why: 'hold', fault } });
  const stopDisk = watchDisk(run, hold);
  cloned.resources.watch(hold);
  const stopCredentials = run.steps.watchCredentials?.(run.sandbox, hold);
  const stopPolicies = watchPolicies({
    ...run,
    measure: () => measureJob(cloned, run, started()),
    tell(event) {
      const isPause = event.on === 'suspend' || event.on === 'continue';
      if (isPause && run.onPolicy !== undefined) run.onPolicy(event);
      else job.post(event);
    },
  });
  return () => {
    stopDisk();
    stopCredentials?.();
    stopPolicies();
  };
}

/**
 * Tells others of the job; that nobody can be told is no reason not to run it. A job that is over at
 * once is nobody's to enter, and does not wait for this.
 *
 * @returns the way to take it back
 */
function tellOfJob({ log, prepared, procd }: JobRun, launch: Launch, pid: number | undefined) {
  let forget: (() => void) | undefined;
  const facts = {
    init: launch.initPid() ?? launch.pid,
    job: pid,
    since: now(),
    procd: procd?.link.settings.address,
  };
  const timer = setTimeout(() => {
    const recorded = recordJob(prepared, facts);
    if (recorded.ok) forget = recorded.value;
    else log.always(`eyrie enter and eyrie ps do not see this job: ${recorded.error}`);
  }, RECORD_AFTER_MS);
  return (): void => {
    clearTimeout(timer);
    forget?.();
  };
}

/**
 * Between clone and go: into the cgroup, which may take the kernel 10 ms, and registered with procd at the
 * same time. For signals to all: procd as well.
 */
function supervisionBy(
  run: JobRun,
  { family, resources }: Cloned,
): Pick<Supervision, 'prepare' | 'signalFamily'> {
  return {
    async prepare() {
      const registering = family?.register() ?? ok(undefined);
      const [admitted, registered] = await Promise.all([resources.admitted(), registering]);
      if (!admitted.ok) return err(explain(run, admitted.error));
      return registered.ok ? registered : err(machineFault(registered.error));
    },
    ...(family === undefined ? {} : { signalFamily: (signal) => family.signal(signal) }),
  };
}

function times(started: number | undefined, ended: number | undefined): JobTimes | undefined {
  return started === undefined || ended === undefined ? undefined : { started, ended };
}

/** What a launch failed at, as a fault of the job that names the step or the call. */
function explain(
  { prepared }: JobRun,
  failure: StepFailure | LaunchError | LaunchRefusal | JobFault,
): JobFault {
  if ('cause' in failure) return 'errno' in failure ? explainRefusal(failure) : failure;
  if ('phase' in failure) return explainStep(prepared, failure);
  return surroundingsFault(`Cannot ${failure.call}: ${errnoText(failure.errno)}`, failure.errno);
}

/** The words of whoever was asked; where the job is not at fault, the machine is. */
function explainRefusal({ cause, errno, reason }: LaunchRefusal): JobFault {
  return isFaultCause(cause) ? { cause, subcode: errno, reason } : machineFault(reason);
}

/** What is executed may be the site's program and not the job's. */
function explainStep({ plan, policy }: PreparedJob, failure: StepFailure): JobFault {
  const fault = explainFailure(plan, failure, errnoText);
  const isExec = plan[failure.phase][failure.index]?.op === 'exec';
  if (policy.wrapper === undefined || !isExec) return fault;
  const { subcode } = fault;
  return { cause: 'cannotCreateProcess', subcode, reason: `USER_JOB_WRAPPER: ${fault.reason}` };
}
