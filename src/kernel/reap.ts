import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { wait } from './border';
import type { WAIT_RESULT, StructValues } from './structs';

/** How a child of ours ended, waitid(2). */
export interface ChildEnd {
  /** Exit status, when it was not ended by a signal. */
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

/** si_code of a child that exited: bits/siginfo-consts.h. */
const CLD_EXITED = 1;

/** What is left of init's way is mostly the end of its mount namespace: half a millisecond. */
const PATIENCE_MS = 2;

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

/**
 * Reaps a child whose pipes have ended: it is exiting. Node's event loop cannot wait for a pidfd,
 * but what is left of the child's way is short, so it is waited for as it is, for a moment. Only
 * the init of a PID namespace can take longer, until the last process of it has ended: then by a
 * timer.
 *
 * @returns undefined where somebody else has reaped it.
 */
export async function reapChild(pidfd: number): Promise<ChildEnd | undefined> {
  let patience = PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const { returned, result } = wait(pidfd, patience);
    patience = 0;
    if (returned === 1) return endOf(result);
    if (returned < 0 && returned !== -os.constants.errno.EINTR) return undefined;
    await delay(pause);
  }
}

function endOf({ code, status }: StructValues<typeof WAIT_RESULT>): ChildEnd {
  return code === CLD_EXITED
    ? { code: status, signal: undefined }
    : { code: undefined, signal: status };
}
