/**
 * Accounts that run one job at a time and nothing else: all their processes are the job's, however
 * they came to be.
 *
 * Source: the manual's DEDICATED_EXECUTE_ACCOUNT_REGEXP and EXECUTE_LOGIN_IS_DEDICATED.
 */
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import { knobError } from './knob-error';

/**
 * True if an account is dedicated. The regular expression counts for whole names only; the older
 * knob, which is about all accounts, counts where it is not set.
 */
export function isDedicated(account: string, config: Config): Result<boolean, KnobError> {
  const pattern = config.string('DEDICATED_EXECUTE_ACCOUNT_REGEXP');
  if (pattern === undefined) return config.boolean('EXECUTE_LOGIN_IS_DEDICATED');
  try {
    return ok(new RegExp(`^(?:${pattern})$`).test(account));
  } catch (error) {
    const trouble = `expected a regular expression: ${(error as Error).message}`;
    return knobError(config, 'DEDICATED_EXECUTE_ACCOUNT_REGEXP', trouble);
  }
}
