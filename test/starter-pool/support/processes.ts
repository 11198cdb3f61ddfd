/** Processes of a played pool. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The processes that a starter has left: the members of its mount namespace and of those below it
 * have the pool's directory among their mounts or working directories, or are its children.
 *
 * @returns pid and name of each
 */
export function processesOf(directory: string, starter: number): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => belongs(pid, directory, starter))
    .map((pid) => `${pid} ${read(`/proc/${pid}/comm`).trim()}`);
}

function belongs(pid: string, directory: string, starter: number): boolean {
  const status = read(`/proc/${pid}/status`);
  if (/^State:\s+[ZX]/m.test(status)) return false;
  if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === starter) return true;
  // Only the starter's own namespace has a condor_config_val below /opt.
  return read(`/proc/${pid}/root/opt/condor/bin/answer`).includes(directory);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
