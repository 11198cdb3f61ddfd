/** Whether processes stand still: stopped by a signal, or with their cgroup. */
import fs from 'node:fs';
import os from 'node:os';
import { mountedHierarchies, parseCgroup } from './cgroups';
import { visibleMounts } from './mount-tree';
import { readMountInfo } from './mountinfo';
import { readKernelFile } from './read';

/** How a process is, its cgroup apart; `ended`: gone, or a zombie. */
export type ProcessState = 'running' | 'stopped' | 'ended';

/**
 * How a process is, by all its threads.
 *
 * One that sleeps in the kernel (D) and has a SIGSTOP does nothing else when it wakes: a parent in vfork(2)
 * whose child was stopped before it called exec.
 */
export function processState(pid: number): ProcessState {
  let [isLeft, isStopped, isAsleep] = [false, false, false];
  for (const thread of threadsOf(pid)) {
    const status = readKernelFile(`/proc/${pid}/task/${thread}/status`);
    const state = status.ok ? fieldOf(status.value, 'State').charAt(0) : 'X';
    if (!status.ok || 'ZX'.includes(state)) continue;
    if (!'TtD'.includes(state)) return 'running';
    isLeft = true;
    isAsleep ||= state === 'D';
    isStopped ||= state !== 'D' || hasStopPending(status.value);
  }
  if (!isLeft) return 'ended';
  return isAsleep && !isStopped ? 'running' : 'stopped';
}

/** Whether a process stands still; undefined: it has ended. */
export function isStill(pid: number): boolean | undefined {
  const state = processState(pid);
  return state === 'ended' ? undefined : state === 'stopped' || isFrozen(pid);
}

/** The threads of a process; none where it has ended. */
export function threadsOf(pid: number): readonly string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Sets of signals are hexadecimal numbers, whose lowest bit is signal 1: proc(5), /proc/PID/status. */
function hasStopPending(status: string): boolean {
  const pending =
    BigInt(`0x${fieldOf(status, 'ShdPnd')}`) | BigInt(`0x${fieldOf(status, 'SigPnd')}`);
  return ((pending >> BigInt(os.constants.signals.SIGSTOP - 1)) & 1n) === 1n;
}

function fieldOf(status: string, name: string): string {
  return new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '0';
}

/** Whether a process is in a cgroup that is frozen. */
export function isFrozen(pid: number): boolean {
  const text = readKernelFile(`/proc/${pid}/cgroup`);
  const memberships = text.ok ? parseCgroup(text.value) : text;
  const mounts = readMountInfo();
  if (!memberships.ok || !mounts.ok) return false;
  const hierarchies = mountedHierarchies(memberships.value, visibleMounts(mounts.value));
  return hierarchies.some(({ directory }) => directory !== undefined && hasFrozen(directory));
}

/** Whether whoever joins a cgroup stops there: it is frozen, or about to be. */
export function isFreezing(directory: string): boolean {
  const wish = readKernelFile(`${directory}/cgroup.freeze`);
  const state = readKernelFile(`${directory}/freezer.state`);
  return (
    hasFrozen(directory) ||
    (wish.ok && wish.value.trim() === '1') ||
    (state.ok && state.value.trim() !== 'THAWED')
  );
}

/** Both versions say so of a cgroup that stands still because one above it does. */
function hasFrozen(directory: string): boolean {
  const events = readKernelFile(`${directory}/cgroup.events`);
  if (events.ok && /^frozen 1$/m.test(events.value)) return true;
  const state = readKernelFile(`${directory}/freezer.state`);
  return state.ok && state.value.trim() === 'FROZEN';
}
