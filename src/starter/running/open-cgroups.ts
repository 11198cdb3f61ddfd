/**
 * The cgroups of a running job, in every hierarchy that is mounted here, ready to be joined.
 */
import fs from 'node:fs';
import path from 'node:path';
import { membershipOfJob } from '../../kernel/cgroups/parts';
import { thrownText } from '../../kernel/errno';
import {
  type CgroupHierarchy,
  mountedHierarchies,
  parseCgroup,
  readCgroup,
} from '../../kernel/proc/cgroups';
import { visibleMounts } from '../../kernel/proc/mount-tree';
import { readMountInfo } from '../../kernel/proc/mountinfo';
import { isFreezing } from '../../kernel/proc/stillness';
import { err, ok, type Result } from '../../result';
import type { Target } from './open-target';

/** What was opened, and sentences about what an ordinary user may not join. */
export interface OpenedCgroups {
  /** cgroup.procs files, open for writing; the caller's to close. */
  readonly files: readonly number[];
  readonly notes: readonly string[];
}

/**
 * Opens the cgroup.procs files of those of the job's cgroups that the caller is not in.
 *
 * Root joins all, or does not go in at all. An ordinary user may often not move between the parts of
 * the tree that the system has for his sessions: then he is told, and goes in all the same, for his
 * command ends with the job's PID namespace.
 *
 * @param mustJoin whether one that cannot be joined is an error
 */
export function openCgroups(target: Target, mustJoin: boolean): Result<OpenedCgroups, string> {
  const hierarchies = foreignHierarchies(target);
  if (!hierarchies.ok) return hierarchies;
  const files: number[] = [];
  const notes: string[] = [];
  const giveUp = (reason: string): Result<never, string> => {
    for (const fd of files) fs.closeSync(fd);
    return err(reason);
  };
  for (const { directory, path: name } of hierarchies.value) {
    const trouble = directory === undefined ? 'no mount shows it' : whyNot(directory);
    if (trouble === SUSPENDED) return giveUp(trouble);
    const opened = directory === undefined ? err(trouble ?? '') : openProcs(directory);
    if (opened.ok) files.push(opened.value);
    else if (mustJoin) return giveUp(`cannot join the job's cgroup ${name}: ${opened.error}`);
    else notes.push(`not in the job's cgroup ${name}: ${opened.error}`);
  }
  return ok({ files, notes });
}

/** The job's cgroups that are not the caller's own. */
function foreignHierarchies(target: Target): Result<readonly CgroupHierarchy[], string> {
  const text = target.read('cgroup');
  const theirs = text.ok ? parseCgroup(text.value) : ok([]);
  if (!theirs.ok) return theirs;
  const own = readCgroup();
  if (!own.ok) return own;
  const mounts = readMountInfo();
  if (!mounts.ok) return mounts;
  const isOwn = (name: string): boolean => own.value.some((each) => keyOf(each) === name);
  const foreign = theirs.value.map(membershipOfJob).filter((each) => !isOwn(keyOf(each)));
  return ok(mountedHierarchies(foreign, visibleMounts(mounts.value)));
}

function keyOf({
  version,
  controllers,
  name,
  path: place,
}: Omit<CgroupHierarchy, 'mountPoint' | 'readOnly' | 'directory'>): string {
  return [version, controllers.join(','), name ?? '', place].join(':');
}

const SUSPENDED = 'the job is suspended: continue it first';

/** Whoever joins a frozen cgroup stops there, before anything can be said. */
function whyNot(directory: string): string | undefined {
  return isFreezing(directory) ? SUSPENDED : undefined;
}

function openProcs(directory: string): Result<number, string> {
  try {
    return ok(fs.openSync(path.join(directory, 'cgroup.procs'), 'r+'));
  } catch (thrown) {
    return err(thrownText(thrown));
  }
}
