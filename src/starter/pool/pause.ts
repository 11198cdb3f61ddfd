/** Waits some seconds, or until a signal says that there is no time for it. */
export function pause(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}
