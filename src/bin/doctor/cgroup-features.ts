/**
 * Checks: whether jobs get a cgroup here, whose part of the tree it is in, and what kernel and
 * controllers can do with it. They are made in a cgroup that is there for a moment.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Check, type Finding, limited, works } from './check';
import type { Examination } from './examination';

const BASE: Check = {
  id: 'cgroup-base',
  title: "the jobs' cgroup",
  neededFor: 'BASE_CGROUP',
  run: async ({ cgroup, mode }) => {
    const tried = await cgroup();
    if (!tried.ok) {
      const { reason, wanted } = tried.error;
      if (wanted) return limited(`jobs get none: ${reason}`, WRITABLE[mode]);
      return limited(`jobs get none: ${reason}`, WANTED[mode]);
    }
    const { name, notes } = tried.value;
    const parent = path.dirname(name);
    return notes.length === 0
      ? works(`${parent}, with all limits`)
      : limited(`${parent}; a job there has ${notes.join('; ')}`, CONTROLLERS);
  },
};

const WRITABLE: Readonly<Record<Examination['mode'], string>> = {
  root: 'mount the hierarchies so that they can be written, or set BASE_CGROUP to a part that can',
  rootless:
    'let systemd delegate one (systemd-run --user --scope --property=Delegate=yes), or run as root',
};

const WANTED: Readonly<Record<Examination['mode'], string>> = {
  root: 'set BASE_CGROUP = htcondor',
  rootless: 'set BASE_CGROUP and, where a cgroup was delegated, CREATE_CGROUP_WITHOUT_ROOT = true',
};

const CONTROLLERS =
  'boot with a kernel that has the controllers, mount them, or hand them down (cgroup.subtree_control)';

const SYSTEMD: Check = {
  id: 'cgroup-delegation',
  title: "systemd's tree",
  neededFor: 'limits that systemd leaves alone',
  run: async ({ cgroup, cgroups }) => {
    if (!existsSync('/run/systemd/system')) return works('systemd does not run here');
    const tried = await cgroup();
    if (!tried.ok) return works('jobs get no cgroup');
    const { name } = tried.value;
    const unit = delegatedUnit(name);
    if (unit !== undefined) return works(`jobs are inside the unit ${unit}`);
    const second = cgroups.find(({ version }) => version === 2);
    return second === undefined
      ? works('version 1: systemd keeps to a hierarchy of its own')
      : limited(`${path.dirname(name)} is in no unit: systemd may change it`, DELEGATE);
  },
};

const DELEGATE = 'use etc/systemd/eyrie-jobs.conf: Delegate=yes, DelegateSubgroup=daemons';

/** `system.slice/condor.service/htcondor/…`: below a service or a scope, and not it itself. */
function delegatedUnit(name: string): string | undefined {
  return name
    .split('/')
    .slice(0, -2)
    .find((part) => /\.(service|scope)$/.test(part));
}

/** A feature that a file of the cgroup tells. */
interface Feature {
  readonly id: string;
  readonly title: string;
  readonly neededFor: string;
  /** Files in which it is, the better one first, with words for what each does. */
  readonly files: readonly (readonly [file: string, found: string])[];
  /** Where none is there. */
  readonly otherwise: string;
  readonly remedy: string;
}

const FEATURES: readonly Feature[] = [
  {
    id: 'cgroup-kill',
    title: 'killing all at once',
    neededFor: 'jobs that fork faster than they are killed',
    files: [
      ['cgroup.kill', 'cgroup.kill'],
      ['cgroup.freeze', 'one by one while they stand still (cgroup.freeze)'],
      ['freezer.state', 'one by one while they stand still (freezer.state)'],
    ],
    otherwise: 'one by one, while they fork',
    remedy: 'boot Linux 5.14 or later, or mount the freezer controller',
  },
  {
    id: 'cgroup-suspend',
    title: 'standing still',
    neededFor: 'condor_suspend, eyrie suspend',
    files: [
      ['cgroup.freeze', 'cgroup.freeze'],
      ['freezer.state', 'freezer.state (version 1)'],
    ],
    otherwise: 'by SIGSTOP, which a job notices',
    remedy: 'boot Linux 5.2 or later with version 2, or mount the freezer controller',
  },
  {
    id: 'cgroup-peak',
    title: 'peak of memory',
    neededFor: 'ResidentSetSize, MemoryUsage',
    files: [
      ['memory.peak', 'memory.peak'],
      ['memory.max_usage_in_bytes', 'memory.max_usage_in_bytes (version 1)'],
    ],
    otherwise: 'the greatest that was seen every CGROUP_POLLING_INTERVAL',
    remedy: 'boot Linux 5.19 or later',
  },
  {
    id: 'cgroup-oom',
    title: 'out of memory',
    neededFor: 'HoldReasonCode 34',
    files: [
      ['memory.oom.group', 'the kernel ends the job whole (memory.oom.group)'],
      ['memory.oom_control', 'the kernel kills one process, the starter the others (version 1)'],
    ],
    otherwise: 'nobody hears of it',
    remedy: 'have the memory controller (above)',
  },
  {
    id: 'cgroup-swap',
    title: 'swap space',
    neededFor: 'DISABLE_SWAP_FOR_JOB, CGROUP_SWAP_LIMIT',
    files: [
      ['memory.swap.max', 'memory.swap.max'],
      ['memory.memsw.limit_in_bytes', 'memory.memsw.limit_in_bytes (version 1)'],
    ],
    otherwise: 'not counted: a job over its memory may swap without end',
    remedy: 'boot with swapaccount=1, or a kernel with CONFIG_MEMCG_SWAP',
  },
  {
    id: 'cgroup-pressure',
    title: 'pressure (PSI)',
    neededFor: 'CpuStallTime, MemoryStallTime, IoStallTime',
    files: [['cpu.pressure', 'cpu.pressure, memory.pressure, io.pressure']],
    otherwise: 'not counted',
    remedy: 'boot with psi=1, and mount version 2',
  },
];

function featureCheck({ files, otherwise, remedy, ...row }: Feature): Check {
  return {
    ...row,
    run: async ({ cgroup }): Promise<Finding> => {
      const tried = await cgroup();
      if (!tried.ok) return limited('jobs get no cgroup', "see the jobs' cgroup, above");
      const found = files.find(([file]) => tried.value.has(file));
      return found === undefined ? limited(otherwise, remedy) : works(found[1]);
    },
  };
}

/** In the order in which causes come before what follows from them. */
export const CGROUP_FEATURES: readonly Check[] = [BASE, SYSTEMD, ...FEATURES.map(featureCheck)];
