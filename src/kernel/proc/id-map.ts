/**
 * /proc/PID/uid_map, gid_map and setgroups: user_namespaces(7).
 */
import type { IdMap } from '../../job/plan';
import { err, ok, type Result } from '../../result';
import { readKernelFile } from './read';

/** What the user namespace of this process makes of ids. */
export interface IdMapping {
  readonly uid: readonly IdMap[];
  readonly gid: readonly IdMap[];
  /** False where setgroups(2) is denied in this user namespace for good. */
  readonly setgroups: boolean;
}

/** Parses a uid_map or gid_map; an empty text is an empty map. */
export function parseIdMap(text: string): Result<readonly IdMap[], string> {
  const rows: IdMap[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    if (!/^\s*\d+\s+\d+\s+\d+\s*$/.test(line)) {
      return err(`not a line of an id map (user_namespaces(7)): "${line}"`);
    }
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number) as [
      number,
      number,
      number,
    ];
    rows.push({ inside, outside, count });
  }
  return ok(rows);
}

/** How many ids a map covers: 4294967295 in the first user namespace. */
export function mappedIds(map: readonly IdMap[]): number {
  return map.reduce((sum, row) => sum + row.count, 0);
}

/** The maps of this process's user namespace. A kernel without user namespaces maps every id. */
export function readIdMapping(): Result<IdMapping, string> {
  const uid = readMap('/proc/self/uid_map');
  if (!uid.ok) {
    return uid;
  }
  const gid = readMap('/proc/self/gid_map');
  if (!gid.ok) {
    return gid;
  }
  const setgroups = readKernelFile('/proc/self/setgroups');
  return ok({
    uid: uid.value,
    gid: gid.value,
    setgroups: !setgroups.ok || setgroups.value.trim() !== 'deny',
  });
}

const EVERY_ID: readonly IdMap[] = [{ inside: 0, outside: 0, count: 4_294_967_295 }];

function readMap(path: string): Result<readonly IdMap[], string> {
  const text = readKernelFile(path);
  return text.ok ? parseIdMap(text.value) : ok(EVERY_ID);
}
