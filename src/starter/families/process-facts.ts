/** What /proc tells of the processes of a family: whose they are, what they are called, how they are. */
import fs from 'node:fs';
import { readKernelFile } from '../../kernel/proc/read';
import { processState, threadsOf } from '../../kernel/proc/stillness';
import type { FamilyState } from './types';

/**
 * The state of a family. The first process that runs decides, so that a large family costs no more
 * than a small one.
 *
 * @param isFrozen whether the family's cgroup is frozen
 */
export function stateOf(pids: readonly number[], isFrozen: boolean): FamilyState {
  let isLeft = false;
  for (const pid of pids) {
    const state = processState(pid);
    if (state === 'ended') continue;
    if (!isFrozen && state === 'running') return 'running';
    isLeft = true;
  }
  return isLeft ? 'suspended' : 'ended';
}

/** The name of a process, up to 15 bytes; undefined: it has ended. */
export function nameOf(pid: number): string | undefined {
  const text = readKernelFile(`/proc/${pid}/comm`);
  return text.ok ? text.value.trimEnd() : undefined;
}

/** The uid of a process; undefined: it has ended. */
export function uidOf(pid: number): number | undefined {
  return fs.statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/** The children of all threads of a process. */
export function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap((task) => {
    const text = readKernelFile(`/proc/${pid}/task/${task}/children`);
    return text.ok ? text.value.split(' ').filter(Boolean).map(Number) : [];
  });
}
