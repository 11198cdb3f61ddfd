/**
 * Which family a process that was never seen before belongs to.
 *
 * Each way of tracking names a family; they are asked in condor_procd's order, and a later answer
 * counts only where it is more specific, that is, below the family that an earlier one gave. The
 * first classification is final: this is never asked again for the same process.
 */
import type { NewProcess } from '../../kernel/process-table-types';
import { type Family, isBelow } from './family';

/** Gives the family of a process's parent; undefined: it is in none. */
export type ParentFamily = (newcomer: NewProcess) => Family | undefined;

type Way = (family: Family, newcomer: NewProcess) => boolean;

/** The ways that look at tags, in order. A root is in its family by name; the parent comes last. */
const WAYS: readonly Way[] = [
  ({ tags }, { groups }) => tags.gids.some((gid) => groups?.includes(gid) === true),
  ({ tags }, { cgroups }) =>
    tags.cgroups.some((name) => cgroups?.some((path) => isInCgroup(path, name)) === true),
  ({ tags }, { uid }) => tags.uids.includes(uid),
  ({ tags }, { ancestors }) =>
    tags.environments.some((entries) => hasAll(entries, ancestors ?? [])),
];

/**
 * Classifies a process.
 *
 * @param families all of them, each before its children
 * @returns undefined: it belongs to none of the families
 */
export function classify(
  newcomer: NewProcess,
  families: readonly Family[],
  parentFamily: ParentFamily,
): Family | undefined {
  const tagged = families.filter(hasTags);
  let current: Family | undefined;
  for (const isMember of WAYS) {
    for (const family of tagged) {
      if (isMember(family, newcomer)) current = moreSpecific(current, family);
    }
  }
  const parent = parentFamily(newcomer);
  return parent === undefined ? current : moreSpecific(current, parent);
}

/** What has to be read of new processes, by the tags that there are. */
export function wants(families: readonly Family[]): {
  readonly ancestors: boolean;
  readonly groups: boolean;
  readonly cgroups: boolean;
} {
  return {
    ancestors: families.some(({ tags }) => tags.environments.length > 0),
    groups: families.some(({ tags }) => tags.gids.length > 0),
    cgroups: families.some(({ tags }) => tags.cgroups.length > 0),
  };
}

function moreSpecific(current: Family | undefined, candidate: Family): Family {
  return current === undefined || isBelow(candidate, current) ? candidate : current;
}

/** Whether something else than a parent can make a process a member. */
export function hasTags({ tags }: Family): boolean {
  const { environments, uids, gids, cgroups } = tags;
  return environments.length + uids.length + gids.length + cgroups.length > 0;
}

/** A set of no entries tells nobody from anybody. */
function hasAll(entries: readonly string[], ancestors: readonly string[]): boolean {
  return entries.length > 0 && entries.every((entry) => ancestors.includes(entry));
}

/** As condor_procd has it, the name is the end of the path; what lies below is in the group as well. */
function isInCgroup(path: string, name: string): boolean {
  return `${path}/`.includes(`/${name}/`);
}
