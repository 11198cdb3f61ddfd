/** Node's timers take 31 bits of milliseconds, which are 24 days; more would be no time at all. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds for a timer of node's; what is longer than it can wait becomes the longest. */
export function timerTime(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST);
}

/** Waits some seconds, or until a signal says that there is no time for it. */
export function pause(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timerTime(seconds));
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}
