/** The processes of a control group and of those below it: who was in a family before a restart. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param directory the group's; none of its processes where it has gone */
export function cgroupMembers(directory: string): readonly number[] {
  try {
    const own = readFileSync(path.join(directory, 'cgroup.procs'), 'latin1');
    const below = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => cgroupMembers(path.join(directory, entry.name)));
    return [...own.split('\n').filter(Boolean).map(Number), ...below];
  } catch {
    return [];
  }
}
