/**
 * USER_JOB_WRAPPER: a program of the site that is executed in the place of every job, with the job's
 * command line as its arguments, and that executes the job when it has done what the site wants.
 *
 * Source: the manual's USER_JOB_WRAPPER; OsProc::StartJob, UserProc::JobReaper and
 * Starter::PublishToEnv of HTCondor's condor_starter.
 */
import type { JobFault } from './faults';
import type { HostView } from './host';
import { knobFault, type PlanError } from './plan-input';

/** A file of the sandbox: a wrapper that cannot run its job writes there why. */
export const WRAPPER_FAILURE = '.job_wrapper_failure';

/** What decides whether a wrapper can be executed. */
export interface WrapperPlace {
  readonly policy: { readonly wrapper: string | undefined };
  readonly host: Pick<HostView, 'stat' | 'entry'>;
}

/**
 * What is wrong with the wrapper; undefined: nothing, or there is none. In another root directory it
 * is the image's file, and only its execution tells.
 */
export function wrapperFault(
  { host, policy }: WrapperPlace,
  root: string | undefined,
): PlanError | undefined {
  const { wrapper } = policy;
  if (wrapper === undefined || root !== undefined) return undefined;
  const fact = host.stat(wrapper);
  const expected = 'name a program that every job may execute, or unset the knob';
  if (fact === undefined) {
    return knobFault('USER_JOB_WRAPPER', `${wrapper} does not exist; ${expected}`);
  }
  const isExecutable = ((host.entry(fact.realPath)?.mode ?? 0) & 0o111) !== 0;
  return fact.kind === 'file' && isExecutable
    ? undefined
    : knobFault('USER_JOB_WRAPPER', `${wrapper} cannot be executed; ${expected}`);
}

/**
 * The fault of a job whose wrapper says that it could not run it.
 *
 * @param text what it wrote; a line for the user's log is made of it
 */
export function wrapperFailure(text: string): JobFault {
  const line = text
    .trim()
    .replace(/\n/g, '|')
    .replace(/[\x00-\x1f\x7f]/g, ' ');
  return {
    cause: 'wrapperFailed',
    subcode: 0,
    reason: `The job wrapper failed to execute the job: ${line}`,
  };
}
