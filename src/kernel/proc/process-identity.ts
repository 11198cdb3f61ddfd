/**
 * Which process it is, beyond its pid: pids are used again, and every PID namespace and every
 * start of the machine counts anew.
 */
import { readlinkSync } from 'node:fs';
import { ok, type Result } from '../../result';
import { readKernelFile } from './read';

/** A process of some PID namespace since some start of some machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, clock ticks since boot: field 22 of /proc/PID/stat, proc(5). */
  readonly startTime: string;
  /** `pid:[4026531836]`: namespaces(7). */
  readonly pidNamespace: string;
  /** /proc/sys/kernel/random/boot_id; empty where containers cover /proc/sys. */
  readonly bootId: string;
}

/** This process. */
export function ownIdentity(): Result<ProcessIdentity, string> {
  const stat = readKernelFile('/proc/self/stat');
  if (!stat.ok) return stat;
  const bootId = readKernelFile('/proc/sys/kernel/random/boot_id');
  return ok({
    pid: process.pid,
    startTime: startTimeOf(stat.value),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
    bootId: bootId.ok ? bootId.value.trim() : '',
  });
}

/**
 * Whether a process has certainly ended: it is of this namespace and this boot, and is not there
 * any more, or its pid is another's. Of a process from elsewhere nothing is certain.
 */
export function hasEnded(process: ProcessIdentity, own: ProcessIdentity): boolean {
  if (own.bootId === '' || process.bootId !== own.bootId) return false;
  if (process.pidNamespace !== own.pidNamespace) return false;
  const stat = readKernelFile(`/proc/${process.pid}/stat`);
  return !stat.ok || startTimeOf(stat.value) !== process.startTime;
}

/** The second field is the name in parentheses and may hold anything: count from the last one. */
function startTimeOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
