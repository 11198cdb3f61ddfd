/**
 * The group ids that families are tracked by. Either procd chooses the lowest free one of its range
 * (command "track via allocated group"), or it is told one of the range that was chosen outside
 * ("track via associated group", option -E).
 */
import { err, ok, type Result } from '../../result';
import type { Family } from './family';

/** The range of ids, both ends included. */
export interface GroupRange {
  readonly first: number;
  readonly last: number;
  /** Option -E: ids are chosen outside. */
  readonly chosenOutside: boolean;
}

/** Gives a family the lowest id that no family has. */
export function allocateGroup(
  range: GroupRange | undefined,
  families: readonly Family[],
  family: Family,
): Result<number, 'no-group-id'> {
  if (range === undefined || range.chosenOutside) return err('no-group-id');
  const taken = takenGroups(families);
  for (let gid = range.first; gid <= range.last; gid += 1) {
    if (taken.has(gid)) continue;
    family.tags.gids.push(gid);
    return ok(gid);
  }
  return err('no-group-id');
}

/** Gives a family an id that a client has chosen. */
export function associateGroup(
  range: GroupRange | undefined,
  families: readonly Family[],
  family: Family,
  gid: number,
): Result<number, 'no-group-id'> {
  const isInRange = range !== undefined && gid >= range.first && gid <= range.last;
  if (!isInRange || !range.chosenOutside || takenGroups(families).has(gid)) {
    return err('no-group-id');
  }
  family.tags.gids.push(gid);
  return ok(gid);
}

function takenGroups(families: readonly Family[]): ReadonlySet<number> {
  return new Set(families.flatMap(({ tags }) => tags.gids));
}
