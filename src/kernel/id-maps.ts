import fs from 'node:fs';
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
    try {
      // One write(2): the kernel takes a map only whole.
      fs.writeFileSync(path, text, { flag: 'r+' });
    } catch (thrown) {
      return err({
        call: `write /proc/PID/${name}`,
        errno: Math.abs((thrown as NodeJS.ErrnoException).errno ?? 0),
      });
    }
  }
  return ok(undefined);
}

function lines(maps: readonly IdMap[]): string {
  return maps.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join('');
}
