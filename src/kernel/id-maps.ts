import fs from 'node:fs';
import os from 'node:os';
import type { IdMap, IdMaps } from '../job/plan';
import { err, ok, type Result } from '../result';
import type { LaunchError } from './launch-types';

/**
 * Maps the ids of a new user namespace: user_namespaces(7). `pid` is our child and unreaped, so the
 * path means no other process.
 *
 * setgroups is denied first: without that the kernel takes no gid map from an ordinary user, for
 * who could drop a group could reach what is denied to that group.
 */
export function writeIdMaps(pid: number, maps: IdMaps): Result<void, LaunchError> {
  const files: readonly [name: string, text: string][] = [
    ['setgroups', 'deny'],
    ['uid_map', lines(maps.uid)],
    ['gid_map', lines(maps.gid)],
  ];
  for (const [name, text] of files) {
    const path = `/proc/${pid}/${name}`;
    const errno = writeSoon(path, text);
    if (errno !== 0) return err({ call: `write /proc/PID/${name}`, errno });
  }
  return ok(undefined);
}

/** Milliseconds that the child's exec may need to its end. */
const PATIENCE = 1000;

/**
 * Writes a file of /proc/PID; gives 0 or errno. Where this process is shut (border.hide), the child is
 * too, and its files are root's, until its exec has come so far that it is one of its own: that is
 * after we go on. Nothing else happens meanwhile, and so nobody reaps the child.
 */
function writeSoon(path: string, text: string): number {
  for (let waited = 0; ; waited += 1) {
    try {
      // One write(2): the kernel takes a map only whole.
      fs.writeFileSync(path, text, { flag: 'r+' });
      return 0;
    } catch (thrown) {
      const errno = Math.abs((thrown as NodeJS.ErrnoException).errno ?? 0);
      if (errno !== os.constants.errno.EACCES || waited >= PATIENCE) return errno;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function lines(maps: readonly IdMap[]): string {
  return maps.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join('');
}
