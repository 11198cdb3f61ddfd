/**
 * One job by hand, from a prepared plan to its result: sandbox, launch, supervision, measuring,
 * clean-up. Whatever goes wrong, what was made is taken away again and a JobResult comes back.
 */
import type { JobResult, SandboxUsage } from '../job/result';
import type { AdFile } from '../job/sandbox-ads';
import type { Sandbox } from '../privsep/types';
import type { LifeEvent } from './lifecycle';
import { sandboxUsage } from './sandbox-usage';
import { type JobRun, notRun, runJob, surroundingsFault } from './run-job';
import {
  abandonedSandboxes,
  removeSandboxRecord,
  settleSandboxRecord,
  writeSandboxRecord,
} from './sandbox-records';
import type { Stopwatch } from './stopwatch';
import { judgeWrapper } from './wrapper-failure';

/** A run by hand. */
export interface LocalRun extends Omit<JobRun, 'onCloned' | 'onEvent' | 'sandbox'> {
  readonly executeDirectory: string;
  readonly sandboxName: string;
  /** Permission bits of the sandbox. */
  readonly sandboxMode: number;
  readonly files: readonly AdFile[];
  readonly killTimeout: number;
  /** Leave the sandbox behind. */
  readonly keep: boolean;
  readonly stopwatch: Stopwatch;
}

/** Runs a job to its end. */
export async function runLocal(run: LocalRun): Promise<JobResult> {
  const { executeDirectory, prepared, sandboxName, steps } = run;
  // The daemon keeps its own records, and clears away what killed starters leave.
  if (steps.kind === 'daemon') return runInSandbox(run);
  const recorded = writeSandboxRecord(executeDirectory, sandboxName);
  if (!recorded.ok) return notRun(prepared.spec, surroundingsFault(recorded.error, 0));
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
    disk: prepared.disk,
    files: run.files,
  });
  stopwatch.lap('sandbox');
  if (!sandbox.ok) {
    return notRun(prepared.spec, surroundingsFault(sandbox.error.message, sandbox.error.errno));
  }
  const ended = await runJob({
    ...run,
    sandbox: sandbox.value,
    onEvent: (event) => takeTime(run.stopwatch, event),
  });
  const ran = await judgeWrapper(ended, prepared, steps, sandbox.value);
  const usage = await clearAway(run, sandbox.value);
  stopwatch.lap('clean-up');
  return { ...ran, sandbox: usage };
}

function takeTime(stopwatch: Stopwatch, { on }: LifeEvent): void {
  if (on === 'started') stopwatch.lap('launch');
  else if (on === 'exited') stopwatch.lap('job');
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
  for (const told of (await steps.removeLeftovers?.(executeDirectory)) ?? []) log.always(told);
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
  return sandboxUsage(done.value);
}
