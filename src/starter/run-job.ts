/**
 * A prepared job from its launch to its end: supervision, times, and what it came to. The sandbox is
 * there before and is whoever's who called after.
 */
import { describeOutcome } from '../job/describe-outcome';
import { explainFailure } from '../job/explain-failure';
import type { JobFault } from '../job/faults';
import type { StepFailure } from '../job/plan';
import type { JobResult, JobTimes } from '../job/result';
import type { JobSpec } from '../job/spec';
import { errnoText } from '../kernel/errno';
import type { Launch, LaunchError } from '../kernel/launch-types';
import { giveBackUnusedMemory } from '../kernel/memory';
import type { Logger } from '../log';
import type { PrivilegedSteps } from '../privsep/types';
import type { LifeEvent, Outcome } from './lifecycle';
import type { PreparedJob } from './prepare';
import { type SupervisedJob, superviseJob } from './supervise';

/** A launch to be made. */
export interface JobRun {
  readonly prepared: PreparedJob;
  readonly steps: PrivilegedSteps;
  /** Seconds from a soft kill to the hard one; undefined where somebody else escalates. */
  readonly killTimeout: number | undefined;
  readonly log: Logger;
  /** Told of the clone, before the job's first instruction. */
  onCloned?(launch: Launch): void;
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

/** Launches a job and watches it to its end; nothing of its family is left then. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { prepared, steps } = run;
  const launch = steps.start(prepared.plan);
  if (!launch.ok) return notRun(prepared.spec, explain(run, launch.error));
  run.log.debug('D_FULLDEBUG', () => `Cloned eyrie-init, pid ${launch.value.pid}`);
  run.onCloned?.(launch.value);
  return watch(run, launch.value);
}

async function watch(run: JobRun, launch: Launch): Promise<JobResult> {
  const { spec } = run.prepared;
  let pid: number | undefined;
  let started: number | undefined;
  let ended: number | undefined;
  let thrift: NodeJS.Timeout | undefined;
  const job: SupervisedJob = superviseJob(launch, {
    rules: { signals: spec.signals, killTimeout: run.killTimeout },
    explain: (failure) => explain(run, failure),
    onEvent(event) {
      if (event.on === 'started') {
        pid = event.pid;
        started = now();
        run.log.always(`Job ${spec.cluster}.${spec.proc} runs: pid ${pid}, ${spec.command}`);
        thrift = setTimeout(giveBackUnusedMemory, SHORT_JOB_MS);
      } else if (event.on === 'exited') {
        ended = now();
      }
      run.onEvent?.(event);
    },
    onPhase: ({ name }, { on }) => run.log.debug('D_JOB', () => `${on}: the job is ${name}`),
  });
  const disconnect = run.connect(job.post);
  const outcome = await job.outcome;
  disconnect();
  clearTimeout(thrift);
  if (exitOf(outcome)) {
    run.log.always(`Job ${spec.cluster}.${spec.proc} ${describeOutcome(outcome).text}`);
  }
  return {
    cluster: spec.cluster,
    proc: spec.proc,
    outcome,
    pid,
    times: times(started, ended),
    usage: exitOf(outcome)?.usage,
    sandbox: undefined,
  };
}

/** Seconds since 1970, by a clock that nobody sets while a job runs: no duration is negative. */
function now(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

function times(started: number | undefined, ended: number | undefined): JobTimes | undefined {
  return started === undefined || ended === undefined ? undefined : { started, ended };
}

function exitOf(outcome: Outcome) {
  return outcome.kind === 'lost' ? undefined : outcome.exit;
}

/** What a launch failed at, as a fault of the job that names the step or the call. */
function explain({ prepared }: JobRun, failure: StepFailure | LaunchError): JobFault {
  if ('phase' in failure) return explainStep(prepared, failure);
  return surroundingsFault(`Cannot ${failure.call}: ${errnoText(failure.errno)}`, failure.errno);
}

/** What is executed may be the site's program and not the job's. */
function explainStep({ plan, policy }: PreparedJob, failure: StepFailure): JobFault {
  const fault = explainFailure(plan, failure, errnoText);
  const isExec = plan[failure.phase][failure.index]?.op === 'exec';
  if (policy.wrapper === undefined || !isExec) return fault;
  const { subcode } = fault;
  return { cause: 'cannotCreateProcess', subcode, reason: `USER_JOB_WRAPPER: ${fault.reason}` };
}
