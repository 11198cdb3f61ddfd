/**
 * The two named pipes of a procd: the one that requests come through, and the one that clients hold
 * to be told of procd's end. Both belong to one user, and nobody else but root may open them: that is
 * how it is decided who may speak.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  rmSync,
} from 'node:fs';
import { errnoText } from '../../kernel/errno';
import { makeFifo } from '../../kernel/border';
import { err, ok, type Result } from '../../result';
import { watchdogPipe } from '../wire';

/** A pipe that is there, with both its ends open: it never tells its readers of an end. */
export interface ServerPipe {
  readonly path: string;
  readonly fd: number;
}

export interface ServerPipes {
  readonly watchdog: ServerPipe;
  readonly requests: ServerPipe;
}

/** What has become of a pipe's name. */
export type PipeFate = 'there' | 'missing' | 'replaced';

const MODE = 0o600;

/** Makes both, the watchdog first. What is in their places is removed: a dead procd's. */
export function makePipes(address: string, owner: number): Result<ServerPipes, string> {
  const watchdog = makePipe(watchdogPipe(address), owner);
  if (!watchdog.ok) return watchdog;
  const requests = makePipe(address, owner);
  return requests.ok ? ok({ watchdog: watchdog.value, requests: requests.value }) : requests;
}

/** Makes one of them, at a place where there is none or an old one. */
export function makePipe(path: string, owner: number): Result<ServerPipe, string> {
  try {
    rmSync(path, { force: true });
    const made = makeFifo(path, MODE);
    if (made < 0) return err(`cannot make the pipe ${path}: ${errnoText(-made)}`);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (!fstatSync(fd).isFIFO()) {
      closeSync(fd);
      return err(`cannot use the pipe ${path}: something else was put in its place`);
    }
    // The group stays as it is.
    if (fstatSync(fd).uid !== owner) fchownSync(fd, owner, -1);
    return ok({ path, fd });
  } catch (error) {
    return err(`cannot make the pipe ${path}: ${(error as Error).message}`);
  }
}

/** Gives a pipe today's date, so that nobody takes it for a forgotten file. */
export function touchPipe({ fd }: ServerPipe): void {
  const now = new Date();
  futimesSync(fd, now, now);
}

/** Whether a pipe's name still means this pipe. */
export function fateOf({ path, fd }: ServerPipe): PipeFate {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  const own = fstatSync(fd);
  return stats.ino === own.ino && stats.dev === own.dev ? 'there' : 'replaced';
}

/** Removes what is still ours. */
export function removePipes({ requests, watchdog }: ServerPipes): void {
  for (const pipe of [requests, watchdog]) {
    if (fateOf(pipe) === 'there') rmSync(pipe.path, { force: true });
  }
}
