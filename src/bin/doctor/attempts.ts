/**
 * Trying something for real: in a probe child, or by launching a small plan as a job is launched.
 * Each gives what was refused; undefined: nothing.
 */
import { existsSync } from 'node:fs';
import { explainFailure } from '../../job/explain-failure';
import type { LaunchPlan, StepFailure } from '../../job/plan';
import { errnoText } from '../../kernel/errno';
import { startLaunch } from '../../kernel/launch';
import type { LaunchError } from '../../kernel/launch-types';
import type { ProbeName } from '../../kernel/probe/probes';
import { type Trial, trialPlan } from '../../kernel/probe/trial-plans';
import type { Examination } from './examination';
import { type Refusal, refused, refusedCall } from './refusal';

/** Runs a probe in a child that is thrown away. */
export async function tryProbe(
  { probe }: Examination,
  name: ProbeName,
): Promise<Refusal | undefined> {
  const attempts = await probe(name);
  if (!attempts.ok) {
    return { words: attempts.error };
  }
  const attempt = attempts.value.find(({ result }) => result < 0);
  return attempt && refusedCall(attempt.call, -attempt.result);
}

/** Directories that every host has, to mount on inside the plan's own namespace. */
const PLACES = ['/tmp', '/var/tmp', '/dev'];

/** Launches a plan and waits for its end. */
export async function tryLaunch(
  { host, mode }: Examination,
  trial: Trial,
): Promise<Refusal | undefined> {
  const place = PLACES.find((each) => existsSync(each)) ?? '/';
  const plan = trialPlan(trial, mode, host, place);
  const launch = startLaunch(plan);
  if (!launch.ok) {
    return explain(plan, launch.error);
  }
  const started = await launch.value.go();
  const ended = await launch.value.exited;
  if (!started.ok) {
    return explain(plan, started.error);
  }
  if (!ended.ok) {
    return { words: ended.error.reason };
  }
  const { code, signal } = ended.value;
  const end = signal === undefined ? `status ${code}` : `signal ${signal}`;
  return code === 0 ? undefined : { words: `true(1) ended with ${end}` };
}

/**
 * Root tries in a probe child; an ordinary user's process cannot make a user namespace for itself
 * (Node has more than one thread: unshare(2)), so a plan is launched into one.
 */
export function tryInMode(
  examination: Examination,
  name: Trial & ProbeName,
): Promise<Refusal | undefined> {
  return examination.mode === 'root' ? tryProbe(examination, name) : tryLaunch(examination, name);
}

function explain(plan: LaunchPlan, failure: StepFailure | LaunchError): Refusal {
  return 'call' in failure
    ? refusedCall(failure.call, failure.errno)
    : refused(explainFailure(plan, failure, errnoText).reason, failure.errno);
}
