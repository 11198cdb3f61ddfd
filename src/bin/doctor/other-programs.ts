/**
 * Checks: programs of others that a feature can use, where the site wants that feature.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Check, missing, type Topic, works } from './check';

/** Where root's login shell looks; the caller's PATH is looked through as well. */
const USUAL_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

const PROGRAMS = [
  {
    name: 'condor_config_val',
    neededFor: "a pool's configuration",
    remedy: 'install HTCondor (Debian: condor); no job by hand needs it',
  },
  {
    name: 'glexec',
    neededFor: 'GLEXEC_JOB, in glide-ins',
    remedy:
      'install a glexec, or Eyrie’s set-uid (make install GLEXEC_SETUID=yes); only GLEXEC_JOB needs it',
  },
  {
    name: 'newuidmap',
    neededFor: 'rootless containers',
    remedy: 'install uidmap (Debian) or shadow-utils; no job by hand needs it',
  },
  {
    name: 'apptainer',
    neededFor: 'container universe',
    remedy: 'install apptainer; no job by hand needs it',
  },
] as const;

function programCheck({ name, neededFor, remedy }: (typeof PROGRAMS)[number]): Check {
  return {
    id: name,
    title: name,
    neededFor,
    run: () => {
      const file = findProgram(name);
      return file === undefined ? missing('not found', remedy) : works(file);
    },
  };
}

/** The first executable of that name; undefined: none. */
function findProgram(name: string): string | undefined {
  const callers = (process.env.PATH ?? '').split(':').filter((each) => path.isAbsolute(each));
  return [...new Set([...callers, ...USUAL_DIRECTORIES])]
    .map((directory) => path.join(directory, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Optional programs. */
export const OTHER_PROGRAMS: Topic = {
  title: 'Other programs',
  checks: PROGRAMS.map(programCheck),
};
