/**
 * Checks: where sandboxes are made.
 */
import { accessSync, constants, statfsSync } from 'node:fs';
import path from 'node:path';
import { isAtOrBelow } from '../../kernel/proc/mount-tree';
import type { MountEntry } from '../../kernel/proc/mountinfo';
import {
  type Check,
  type Finding,
  limited,
  missing,
  preventsJobs,
  type Topic,
  works,
} from './check';
import type { Examination } from './examination';

const OTHER_DIRECTORY = 'set EXECUTE (or --execute) to another directory';

const EXECUTE: Check = {
  id: 'execute',
  title: 'EXECUTE',
  neededFor: "the jobs' sandboxes",
  run: (examination) =>
    withExecute(examination, (directory) => {
      const existing = nearestExisting(directory);
      if (!isWritable(existing)) {
        const what = existing === directory ? 'is not writable' : `cannot be made in ${existing}`;
        return preventsJobs(`${directory} ${what}`, OTHER_DIRECTORY);
      }
      return works(existing === directory ? directory : `${directory}, made by the first job`);
    }),
};

/** Below this a job can hardly write its logs. */
const LITTLE_SPACE = 100 * 2 ** 20;

const SPACE: Check = {
  id: 'execute-space',
  title: 'space for sandboxes',
  neededFor: "the jobs' files",
  run: (examination) =>
    withExecute(examination, (directory) => {
      const facts = statfsSync(nearestExisting(directory));
      const free = facts.bavail * facts.bsize;
      // A file system without inodes of its own (btrfs) counts none.
      const inodes = facts.files === 0 ? undefined : facts.ffree;
      const found = `${formatBytes(free)} free${inodes === undefined ? '' : `, ${inodes} files`}`;
      const scarce = free < LITTLE_SPACE || (inodes !== undefined && inodes < 100);
      return scarce ? limited(found, `make room, or ${OTHER_DIRECTORY}`) : works(found);
    }),
};

const FLAGS: Check = {
  id: 'execute-mount',
  title: 'mount of sandboxes',
  neededFor: "the jobs' executables",
  run: (examination) =>
    withExecute(examination, (directory) => {
      const mount = mountOf(nearestExisting(directory), examination.mounts);
      if (mount === undefined) {
        return limited('not found in /proc/self/mountinfo (a chroot?)');
      }
      const where = `${mount.type} on ${mount.mountPoint}`;
      if (mount.options.includes('ro')) {
        return preventsJobs(`${where} is mounted read-only`, OTHER_DIRECTORY);
      }
      return mount.options.includes('noexec')
        ? limited(
            `${where} is mounted noexec: no job can run a program of its own`,
            OTHER_DIRECTORY,
          )
        : works(where);
    }),
};

/** Runs a check on the knob EXECUTE; a configuration that cannot be read has a row of its own. */
function withExecute({ config }: Examination, look: (directory: string) => Finding): Finding {
  if (!config.ok) {
    return missing('unknown: the configuration is wrong (above)');
  }
  const directory = config.value.path('EXECUTE');
  if (!directory.ok) {
    return preventsJobs(directory.error.message);
  }
  return directory.value === undefined
    ? preventsJobs('EXECUTE is not set', 'set it to a directory')
    : look(directory.value);
}

/** The directory itself or the nearest one above that is there. */
function nearestExisting(directory: string): string {
  try {
    accessSync(directory, constants.F_OK);
    return directory;
  } catch {
    return directory === '/' ? directory : nearestExisting(path.dirname(directory));
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The mount that a path is on: the one with the longest mount point. */
function mountOf(directory: string, mounts: readonly MountEntry[]): MountEntry | undefined {
  return mounts
    .filter((mount) => isAtOrBelow(directory, mount.mountPoint))
    .sort((one, other) => other.mountPoint.length - one.mountPoint.length)[0];
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

/** Sandboxes. */
export const SANDBOXES: Topic = { title: 'Sandboxes', checks: [EXECUTE, SPACE, FLAGS] };
