/**
 * Trying a transfer again: a shadow that was restarted or a network that was away for a moment
 * should not send a job back to the queue. HTCondor's starter gives up at once.
 */
import type { Logger } from '../../log';
import type { TransferFailure, TransferOutcome } from './requests';

/** Seconds before the second, third … attempt. */
export const RETRY_PAUSES: readonly number[] = [1, 5, 20];

/** What trying again needs. */
export interface RetryOptions {
  readonly log: Logger;
  /** Resolves after that many seconds, or when the transfer is to end. */
  readonly sleep: (seconds: number) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Default: {@link RETRY_PAUSES}. */
  readonly pauses?: readonly number[];
}

/**
 * Makes attempts until one ends well, or in a way that another attempt would not change.
 *
 * @param what for the log: `input transfer`
 */
export async function withRetries(
  what: string,
  attempt: () => Promise<TransferOutcome>,
  { log, sleep, signal, pauses = RETRY_PAUSES }: RetryOptions,
): Promise<TransferOutcome> {
  for (let made = 1; ; made += 1) {
    const outcome = await attempt();
    const pause = pauses[made - 1];
    const { failure } = outcome;
    if (failure === undefined || !isPassing(failure) || pause === undefined) return outcome;
    log.always(
      `The ${what} failed (attempt ${made} of ${pauses.length + 1}): ${failure.reason};` +
        ` trying again in ${pause} s`,
    );
    await sleep(pause);
    if (signal?.aborted === true) return outcome;
  }
}

/** Whether the same may go well a little later. */
export function isPassing({ kind }: TransferFailure): boolean {
  return kind === 'gone' || kind === 'retry';
}
