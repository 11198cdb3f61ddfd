/** Looks at the sandbox' own file system while its job runs, and once at the end. */
import type { JobFault } from '../job/faults';
import type { JobOutcome } from '../job/result';
import { diskFault } from '../job/scratch-disk';
import type { PrivilegedSteps, Sandbox } from '../privsep/types';

/** Milliseconds between looks: a call that costs microseconds. */
const INTERVAL = 1000;

/** A job whose sandbox may be one. */
interface DiskJob {
  readonly steps: Pick<PrivilegedSteps, 'fillOfSandbox'>;
  readonly sandbox: Sandbox;
}

/** Tells when the job has filled it; gives the way to stop. */
export function watchDisk(job: DiskJob, hold: (fault: JobFault) => void): () => void {
  if (faultOf(job) === 'none') return () => undefined;
  const timer = setInterval(() => {
    const fault = faultOf(job);
    if (fault === undefined || fault === 'none') return;
    clearInterval(timer);
    hold(fault);
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

/** The outcome of a job that may have ended because nothing more could be written. */
export function judgeDisk(job: DiskJob, outcome: JobOutcome): JobOutcome {
  const fault = outcome.kind === 'completed' ? faultOf(job) : undefined;
  if (fault === undefined || fault === 'none' || outcome.kind !== 'completed') return outcome;
  return { kind: 'held', fault, exit: outcome.exit };
}

/** `none`: the sandbox has no file system of its own. */
function faultOf({ sandbox, steps }: DiskJob): JobFault | 'none' | undefined {
  const fill = steps.fillOfSandbox(sandbox);
  return fill === undefined ? 'none' : diskFault(fill);
}
