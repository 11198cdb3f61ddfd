/**
 * Waiting for something with a deadline, instead of sleeping and hoping.
 */
import os from 'node:os';

const INTERVAL_MS = 20;

/** So many times as long is waited at most, however busy the machine is. */
const MOST = 4;

/**
 * Polls until the condition holds.
 *
 * @param condition asked every 20 ms; what it throws ends the wait
 * @param what what is waited for, for the message: `the job's pid file`
 * @param seconds when to give up, 10 where undefined, on a machine that has a processor for whoever wants
 *   one; where several share each, it takes as many times as long
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  seconds = 10,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    const waited = (performance.now() - begun) / 1000;
    if (waited > stretched(seconds)) {
      const missing = typeof what === 'string' ? what : what();
      throw new Error(`waited ${waited.toFixed(1)} s for ${missing}`);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/**
 * How long may be taken for what takes so many seconds at most where nobody waits for a processor:
 * as many times as long as processes want each, by the average of the last minute.
 */
export function stretched(seconds: number): number {
  const wanted = (os.loadavg()[0] ?? 0) / os.availableParallelism();
  return seconds * Math.min(MOST, Math.max(1, wanted));
}
