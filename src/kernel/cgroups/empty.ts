/**
 * Emptying and removing a cgroup: whatever is in it ends, whatever is below it goes.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { errnoText } from '../errno';
import { err, ok, type Result } from '../../result';
import { childrenOf, ENOENT, readText, removeDirectory, writeText } from './files';

/** Device or resource busy, errno(3): a cgroup with processes or children in it. */
const EBUSY = 16;

/** Milliseconds: the first wait for processes to end, and the longest one. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 100;

/** Milliseconds after which a process that does not end is left: it waits for a disk or a server. */
const PATIENCE = 5000;

/**
 * Kills every process in a cgroup and below it, once.
 *
 * Version 2 has a file for that, from Linux 5.14 on, which misses no process however many there are.
 * Without it they stand still while they are killed, where there is a freezer, so that none forks
 * meanwhile.
 */
export function killAll(directory: string): void {
  if (writeText(directory, 'cgroup.kill', '1') === 0) return;
  freeze(directory, true);
  for (const pid of processesBelow(directory)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  freeze(directory, false);
}

/** Stops a cgroup and all below it, or lets it go on; false: this kernel has no freezer here. */
export function freeze(directory: string, still: boolean): boolean {
  return (
    writeText(directory, 'cgroup.freeze', still ? '1' : '0') === 0 ||
    writeText(directory, 'freezer.state', still ? 'FROZEN' : 'THAWED') === 0
  );
}

/** The processes in a cgroup and below it. */
export function processesBelow(directory: string): readonly number[] {
  const own = readText(directory, 'cgroup.procs')?.split('\n').filter(Boolean).map(Number) ?? [];
  const below = childrenOf(directory).flatMap((name) => processesBelow(`${directory}/${name}`));
  // 0: one of another PID namespace, which has no number here.
  return [...own, ...below].filter((pid) => pid > 0 && pid !== process.pid);
}

/** Removes a cgroup and all below it, if no process is there: 0 or errno. */
export function removeTree(directory: string): number {
  for (const name of childrenOf(directory)) {
    const errno = removeTree(`${directory}/${name}`);
    if (errno !== 0) return errno;
  }
  const errno = removeDirectory(directory);
  return errno === ENOENT ? 0 : errno;
}

/** Kills what is in a cgroup and removes it; an error says what is left. */
export async function emptyAndRemove(directory: string): Promise<Result<void, string>> {
  const deadline = performance.now() + PATIENCE;
  let wait = FIRST_PAUSE;
  for (;;) {
    const errno = removeTree(directory);
    if (errno === 0) return ok(undefined);
    if (errno !== EBUSY || performance.now() > deadline) {
      return err(`Cannot remove the cgroup ${directory}: ${errnoText(errno)}`);
    }
    killAll(directory);
    await pause(wait);
    wait = Math.min(wait * 2, LONGEST_PAUSE);
  }
}
