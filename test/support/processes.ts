/**
 * What is left of processes, as /proc tells.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from './wait';

/** A process that carries a marker. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Finds processes by a marker in their command line or environment, in every PID namespace below
 * this one. Root sees all; an ordinary user cannot read other users' environments. Zombies have
 * neither and are not found.
 *
 * @param marker a text that no other process has, such as a random word; the test's own process
 *   and its ancestors do not count
 */
export function processesLeft(marker: string): readonly FoundProcess[] {
  const own = ancestors(process.pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter((name) => has(name, 'cmdline', marker) || has(name, 'environ', marker))
    .map((name) => ({
      pid: Number(name),
      command: read(name, 'cmdline').replaceAll('\0', ' ').trim(),
    }));
}

/**
 * Waits until no process carries the marker; rejects with the list of those that still do.
 *
 * @param seconds how long to wait, 10 where undefined
 */
export async function noProcessLeft(marker: string, seconds = 10): Promise<void> {
  await waitUntil(
    () => processesLeft(marker).length === 0,
    () => `these processes to end: ${JSON.stringify(processesLeft(marker))}`,
    seconds,
  );
}

/**
 * Waits until so many processes at least carry the marker: in the middle of execve(2) a process has
 * neither arguments nor an environment.
 */
export async function processesThere(marker: string, least: number): Promise<void> {
  await waitUntil(
    () => processesLeft(marker).length >= least,
    () => `${least} processes; there are ${JSON.stringify(processesLeft(marker))}`,
  );
}

/** True while the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(read(String(pid), 'status'))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function has(pid: string, file: string, marker: string): boolean {
  return read(pid, file).includes(marker);
}

/** Empty for a process that ended meanwhile or that we may not look at. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function ancestors(pid: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let each = pid; each > 0 && !found.has(each);) {
    found.add(each);
    each = Number(/^PPid:\s+(\d+)/m.exec(read(String(each), 'status'))?.[1] ?? 0);
  }
  return found;
}
