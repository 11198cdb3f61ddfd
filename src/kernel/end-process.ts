/** The end of a program. */
import { endNow } from './border';

/**
 * Ends this process at once. What was written is with the kernel by then: streams and logs are written
 * synchronously. A startd gives a slot its next job as soon as the starter's process is gone.
 */
export function endProcess(status: number): void {
  // The build's own listener writes the code cache when the process ends.
  if (process.listenerCount('exit') === 0) endNow(status);
  process.exit(status);
}
