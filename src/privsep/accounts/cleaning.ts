/**
 * What a guest account must not have when it is leased again: processes, files where everybody may put
 * some, IPC objects, keys, and what cron, at and systemd would start in its name later. Its home directory
 * stays as it is: what is in there is the site's.
 */
import fs from 'node:fs';
import path from 'node:path';
import { killProcessesOf, removeIpcOf } from '../../kernel/account-leftovers';
import { thrownText } from '../../kernel/errno';
import { removeOwned } from '../../kernel/tree';
import { err, ok, type Result } from '../../result';
import type { LeasedAccount } from './types';

/** Where everybody may put files: hier(7), and systemd's tmpfiles.d. */
const PUBLIC_DIRECTORIES = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock'];

/** Where at(1) keeps jobs and their output, each file its user's: Debian's, and Red Hat's. */
const AT_DIRECTORIES = ['/var/spool/cron/atjobs', '/var/spool/cron/atspool', '/var/spool/at'];

/**
 * Where a file of the user's name makes something start later: crontabs of Debian, Red Hat and SUSE, and
 * systemd's user managers that linger.
 */
const NAMED_DIRECTORIES = [
  '/var/spool/cron/crontabs',
  '/var/spool/cron',
  '/var/spool/cron/tabs',
  '/var/lib/systemd/linger',
];

/** Milliseconds for processes to be gone after SIGKILL: those that wait for a disk take their time. */
const PATIENCE = 10_000;

/**
 * Cleans an account of all that it left. Can be done any number of times.
 *
 * @returns a sentence: what stays
 */
export async function cleanAccount({ name, uid }: LeasedAccount): Promise<Result<void, string>> {
  const killed = await killProcessesOf(uid, PATIENCE);
  if (!killed.ok) return killed;
  // Before the second look at processes: cron may have started one between the first and this.
  const unscheduled = removeNamed(name);
  if (!unscheduled.ok) return unscheduled;
  for (const directory of AT_DIRECTORIES) {
    const removed = await removeFiles(directory, uid);
    if (!removed.ok) return removed;
  }
  const again = await killProcessesOf(uid, PATIENCE);
  if (!again.ok) return again;
  const ipc = await removeIpcOf(uid);
  if (!ipc.ok) return ipc;
  for (const directory of PUBLIC_DIRECTORIES) {
    const removed = await removeFiles(directory, uid);
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

async function removeFiles(directory: string, uid: number): Promise<Result<void, string>> {
  let real: string;
  try {
    real = fs.realpathSync(directory);
    if (!fs.statSync(real).isDirectory()) return ok(undefined);
  } catch {
    return ok(undefined); // this host has none
  }
  const removed = await removeOwned(real, uid);
  return removed.ok ? ok(undefined) : err(removed.error.message);
}

/** Only root and set-group-id programs write there, so a name is what it is. */
function removeNamed(name: string): Result<void, string> {
  for (const directory of NAMED_DIRECTORIES) {
    const file = path.join(directory, name);
    try {
      // An account may be called as a directory is there: `crontabs`.
      if (fs.lstatSync(file).isDirectory()) continue;
      fs.unlinkSync(file);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') continue;
      if ((thrown as NodeJS.ErrnoException).code === 'ENOTDIR') continue;
      return err(`Cannot remove ${file}: ${thrownText(thrown)}`);
    }
  }
  return ok(undefined);
}
