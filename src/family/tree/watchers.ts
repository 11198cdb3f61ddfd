/**
 * When a watcher counts as gone, and its family is given up with it.
 *
 * A watcher has to be older than the root of its family, or as old: what is younger has got the pid
 * of a watcher that ended before. HTCondor's procd takes any watcher at registration, and gives the
 * family up at the next snapshot.
 */
import type { ProcessIdentity } from '../../kernel/process-table-types';

/** @param watcher the process that has the watcher's pid now; undefined: none has */
export function isWatcherGone(
  watcher: ProcessIdentity | undefined,
  root: ProcessIdentity,
): boolean {
  return watcher === undefined || watcher.birthday > root.birthday;
}
