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

/** Field 22 of a /proc/PID/stat, {@link ProcessIdentity.startTime}. */
export function startTimeOf(stat: string): string {
  return fieldsOf(stat)[19] ?? '';
}

/** Field 4 of a /proc/PID/stat: the pid of its parent. */
export function parentPidOf(stat: string): number {
  return Number(fieldsOf(stat)[1]);
}

/**
 * From the third on: the second is the name in parentheses and may hold anything, so it is counted
 * from the last one.
 */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
