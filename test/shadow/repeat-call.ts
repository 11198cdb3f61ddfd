/** Calls to a shadow as genuine starters made them. */
import assert from 'node:assert/strict';
import type { MessageReader } from '../../src/condor/cedar/types';
import { CALLS } from '../../src/condor/shadow/calls';
import { EXIT_REASONS, type ExitReason } from '../../src/condor/shadow/exit-reasons';
import type { ShadowCalls } from '../../src/condor/shadow/shadow-calls';
import type { CallError } from '../../src/condor/shadow/types';
import type { Result } from '../../src/result';

/**
 * Makes the call that a recorded request is.
 *
 * @throws Error if it is one of which there was no recording when this was written
 */
export function repeatCall(
  calls: ShadowCalls,
  request: MessageReader,
): Promise<Result<unknown, CallError>> {
  const number = request.int();
  switch (number) {
    case CALLS.getJobInfo.number:
      return calls.getJobInfo();
    case CALLS.registerStarterInfo.number:
      return calls.registerStarterInfo(request.ad());
    case CALLS.getSecuritySessions.number:
      return calls.securitySessions();
    case CALLS.registerJobInfo.number:
      return calls.registerJobInfo(request.ad());
    case CALLS.beginExecution.number:
      return calls.beginExecution();
    case CALLS.eventNotification.number:
      return calls.eventNotification(request.ad());
    case CALLS.jobTermination.number:
      return calls.jobTermination(request.ad());
    case CALLS.logEvent.number:
      return calls.logEvent(request.ad());
    case CALLS.jobExit.number:
      return calls.jobExit(request.int(), reasonOf(request.int()), request.ad());
    default:
      throw new Error(`the recording has call ${number}`);
  }
}

function reasonOf(number: number): ExitReason {
  const found = Object.entries(EXIT_REASONS).find(([, row]) => row.number === number);
  assert.ok(found);
  return found[0] as ExitReason;
}
