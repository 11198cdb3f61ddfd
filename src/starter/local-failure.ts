/**
 * Why a job by hand was not even prepared: sentences for a person, and the hold for the result.
 */
import type { JobFault } from '../job/faults';
import type { PreparationError } from './prepare';

/** Nothing was run, and why. */
export interface LocalFailure {
  /** Each complete in itself; together they are the fault's reason. */
  readonly messages: readonly string[];
  readonly fault: JobFault;
}

/** The configuration or the host is at fault. */
export function siteFailure(...messages: readonly string[]): LocalFailure {
  const reason = messages.join('; ');
  return { fault: { cause: 'cannotCreateProcess', subcode: 0, reason }, messages };
}

/** An ad cannot be read. */
export function adFailure(message: string): LocalFailure {
  return { fault: { cause: 'badJobAd', subcode: 0, reason: message }, messages: [message] };
}

/** A preparation failed: a fault of the job goes on as it is, the site's becomes one. */
export function preparationFailure(error: PreparationError): LocalFailure {
  if ('origin' in error) return siteFailure(error.message);
  if (error.cause === 'site') return siteFailure(error.reason);
  return { fault: error, messages: [error.reason] };
}
