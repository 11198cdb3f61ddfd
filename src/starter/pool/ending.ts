/** What the shadow of an ended job gets and is told. Pure. */
import { type OutputTransfer, outputTransfer } from '../../job/output-transfer';
import { NOT_STARTED, poolExit, type PoolExit, waitStatus } from '../../job/pool-result';
import { jobEnd, type JobOutcome } from '../../job/result';
import type { TransferPlan } from '../../job/transfer-plan';
import { assertNever } from '../../result';
import type { Output, Report } from './life-types';

/** The files to send. `core` is the name of one that the job left; without an outcome it never ran. */
export function outputOf(
  { final, what }: Output,
  plan: TransferPlan,
  outcome: JobOutcome | undefined,
  core: string | undefined,
): OutputTransfer {
  if (what === 'streams') {
    return { what: 'files', files: { kind: 'listed', paths: [] }, streams: plan.streams, final };
  }
  if (outcome?.kind === 'completed') {
    return outputTransfer(plan, { how: 'completed', exit: outcome.exit }, core);
  }
  return outputTransfer(plan, { how: final ? 'removed with output' : 'evicted' }, core);
}

/** How the shadow is told of the end. `hasCore` undefined: as the job's status says. */
export function exitOf(
  { how }: Exclude<Report, { how: 'fault' }>,
  outcome: JobOutcome | undefined,
  hasCore: boolean | undefined,
): PoolExit {
  if (how === 'not started' || outcome === undefined) return NOT_STARTED;
  switch (how) {
    case 'exited':
      return poolExit(outcome, hasCore);
    case 'requeue': {
      const end = jobEnd(outcome);
      return { waitStatus: end === undefined ? 0 : waitStatus(end), reason: 'shouldRequeue' };
    }
    default:
      return assertNever(how);
  }
}
