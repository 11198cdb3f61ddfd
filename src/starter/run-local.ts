/**
 * One job by hand, from a prepared plan to its result: sandbox, launch, supervision, measuring,
 * clean-up. Whatever goes wrong, what was made is taken away again and a JobResult comes back.
 */
import { describeOutcome } from '../job/describe-outcome';
import type { JobFault } from '../job/faults';
import type { JobResult, JobTimes, SandboxUsage } from '../job/result';
import type { AdFile } from '../job/sandbox-ads';
import { explainFailure } from '../job/explain-failure';
import { errnoText } from '../kernel/errno';
import type { Launch, LaunchError } from '../kernel/launch-types';
import { giveBackUnusedMemory } from '../kernel/memory';
import type { StepFailure } from '../job/plan';
import type { JobSpec } from '../job/spec';
import type { PrivilegedSteps, Sandbox } from '../privsep/types';
import type { Logger } from '../log';
import type { LifeEvent, Outcome } from './lifecycle';
import type { PreparedJob } from './prepare';
import {
  abandonedSandboxes,
  removeSandboxRecord,
  settleSandboxRecord,
  writeSandboxRecord,
} from './sandbox-records';
import type { Stopwatch } from './stopwatch';
import { type SupervisedJob, superviseJob } from './supervise';

/** A run by hand. */
export interface LocalRun {
  readonly prepared: PreparedJob;
  readonly steps: PrivilegedSteps;
  readonly executeDirectory: string;
  readonly sandboxName: string;
  /** Permission bits of the sandbox. */
  readonly sandboxMode: number;
  readonly files: readonly AdFile[];
  /** Seconds from a soft kill to the hard one. */
  readonly killTimeout: number;
  /** Leave the sandbox behind. */
  readonly keep: boolean;
  readonly log: Logger;
  readonly stopwatch: Stopwatch;
  /** Connects what the world wants of the job (signals) to its life; gives the way to disconnect. */
  connect(post: (event: LifeEvent) => void): () => void;
}

/** Milliseconds: for a job that is shorter nothing is done to save memory. */
const SHORT_JOB_MS = 100;

/** Runs a job to its end. */
export async function runLocal(run: LocalRun): Promise<JobResult> {
  const { executeDirectory, prepared, sandboxName } = run;
  const recorded = writeSandboxRecord(executeDirectory, sandboxName);
  if (!recorded.ok) return notRun(prepared.spec, fault(recorded.error, 0));
  try {
    return await runInSandbox(run);
  } finally {
    const close = run.keep ? removeSandboxRecord : settleSandboxRecord;
    close(executeDirectory, sandboxName);
    await removeAbandoned(run);
  }
}

async function runInSandbox(run: LocalRun): Promise<JobResult> {
  const { prepared, steps, stopwatch } = run;
  const sandbox = await steps.makeSandbox({
    executeDirectory: run.executeDirectory,
    name: run.sandboxName,
    owner: prepared.identity.account,
    mode: run.sandboxMode,
    files: run.files,
  });
  stopwatch.lap('sandbox');
  if (!sandbox.ok) {
    return notRun(prepared.spec, fault(sandbox.error.message, sandbox.error.errno));
  }
  const ran = await launchAndWatch(run);
  const usage = await clearAway(run, sandbox.value);
  stopwatch.lap('clean-up');
  return { ...ran, sandbox: usage };
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

function fault(reason: string, errno: number): JobFault {
  return { cause: 'cannotCreateProcess', subcode: errno, reason };
}

async function launchAndWatch(run: LocalRun): Promise<JobResult> {
  const { prepared, steps } = run;
  const launch = steps.start(prepared.plan);
  if (!launch.ok) return notRun(prepared.spec, explain(run, launch.error));
  run.log.debug('D_FULLDEBUG', () => `Cloned eyrie-init, pid ${launch.value.pid}`);
  return watch(run, launch.value);
}

async function watch(run: LocalRun, launch: Launch): Promise<JobResult> {
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
        run.stopwatch.lap('launch');
        run.log.always(`Job ${spec.cluster}.${spec.proc} runs: pid ${pid}, ${spec.command}`);
        thrift = setTimeout(giveBackUnusedMemory, SHORT_JOB_MS);
      } else if (event.on === 'exited') {
        ended = now();
        run.stopwatch.lap('job');
      }
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
function explain({ prepared }: LocalRun, failure: StepFailure | LaunchError): JobFault {
  if ('phase' in failure) return explainFailure(prepared.plan, failure, errnoText);
  return fault(`Cannot ${failure.call}: ${errnoText(failure.errno)}`, failure.errno);
}

/** What starters left behind that were killed; at the end, where no job waits for it. */
async function removeAbandoned({ executeDirectory, log, steps }: LocalRun): Promise<void> {
  for (const name of abandonedSandboxes(executeDirectory)) {
    const path = `${executeDirectory}/${name}`;
    const removed = await steps.removeSandbox({ executeDirectory, name, path });
    if (removed.ok) removeSandboxRecord(executeDirectory, name);
    log.always(
      removed.ok
        ? `Removed ${path}, whose starter was killed`
        : `Cannot remove ${path}, whose starter was killed: ${removed.error.message}`,
    );
  }
}

/** Measures and removes the sandbox; trouble is logged, for the job has ended as it has. */
async function clearAway(run: LocalRun, sandbox: Sandbox): Promise<SandboxUsage | undefined> {
  const { keep, log, steps } = run;
  const done = keep ? await steps.measureSandbox(sandbox) : await steps.removeSandbox(sandbox);
  if (keep) log.always(`The sandbox was kept: ${sandbox.path}`);
  if (!done.ok) {
    log.error(`Cannot ${keep ? 'measure' : 'remove'} ${sandbox.path}: ${done.error.message}`);
    return undefined;
  }
  return { size: done.value.allocated / 1024, entries: done.value.entries };
}
