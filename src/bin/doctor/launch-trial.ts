/**
 * Launches a small plan as a job is launched, and says in words what was refused.
 */
import { existsSync } from 'node:fs';
import { explainFailure } from '../../job/explain-failure';
import type { LaunchPlan, StepFailure } from '../../job/plan';
import { errnoText } from '../../kernel/errno';
import { startLaunch } from '../../kernel/launch';
import type { LaunchError } from '../../kernel/launch-types';
import { type Trial, trialPlan } from '../../kernel/probe/trial-plans';
import type { Examination } from './examination';

/** Directories that every host has, to mount on inside the plan's own namespace. */
const PLACES = ['/tmp', '/var/tmp', '/dev'];

/**
 * Launches a trial and waits for its end.
 *
 * @returns undefined: all went well; else a sentence about what did not
 */
export async function launchTrial(
  { host, mode }: Examination,
  trial: Trial,
): Promise<string | undefined> {
  const place = PLACES.find((each) => existsSync(each)) ?? '/';
  const plan = trialPlan(trial, mode, host, place);
  const launch = startLaunch(plan);
  if (!launch.ok) {
    return describeFailure(plan, launch.error);
  }
  const started = await launch.value.go();
  const ended = await launch.value.exited;
  if (!started.ok) {
    return describeFailure(plan, started.error);
  }
  if (!ended.ok) {
    return ended.error.reason;
  }
  const { code, signal } = ended.value;
  return code === 0
    ? undefined
    : `true(1) ended with ${signal ? `signal ${signal}` : `status ${code}`}`;
}

function describeFailure(plan: LaunchPlan, failure: StepFailure | LaunchError): string {
  return 'call' in failure
    ? `${failure.call}: ${errnoText(failure.errno)}`
    : explainFailure(plan, failure, errnoText).reason;
}
