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

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

/**
 * Reaps a child whose pipes have ended: it is exiting. No event loop of Node's can wait for a
 * pidfd, but what is left of the child's way is short: its descriptors were closed, its memory is
 * being freed. Only the init of a PID namespace can take long, until the last process of it ended.
 *
 * @returns undefined where somebody else has reaped it.
 */
export async function reapChild(pidfd: number): Promise<ChildEnd | undefined> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const { returned, result } = wait(pidfd);
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
