/** Trouble with a call, as a sentence. */
import { CALLS } from './calls';
import type { CallError } from './types';

/**
 * The sentence, without a final period.
 *
 * @param errnoText the C library's words for an errno, e.g. `Permission denied` for 13
 */
export function describeCallError(error: CallError, errnoText: (errno: number) => string): string {
  if (error.kind !== 'call-refused') return error.reason;
  const { symbol } = CALLS[error.call];
  const why = error.errno === 0 ? 'without saying why' : `saying: ${errnoText(error.errno)}`;
  return `The shadow answered ${symbol} with ${error.returned}, ${why}`;
}
