/**
 * Waiting for something with a deadline, instead of sleeping and hoping.
 */

const INTERVAL_MS = 20;

/**
 * Polls until the condition holds.
 *
 * @param condition asked every 20 ms; what it throws ends the wait
 * @param what what is waited for, for the message: `the job's pid file`
 * @param seconds when to give up, 10 where undefined
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  seconds = 10,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${seconds} s for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
