/** What of a plan is the job's environment. */
import type { LaunchPlan } from './plan';

/** The environment that a plan gives to the job, `NAME=value` each; empty where it ends in no exec. */
export function planEnvironment({ job }: Pick<LaunchPlan, 'job'>): readonly string[] {
  const exec = job.at(-1);
  return exec?.op === 'exec' ? exec.envp : [];
}
