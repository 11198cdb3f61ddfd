/**
 * The rows of the table of knobs about control groups. `knobs.ts` puts them into the table; what it says
 * of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const CGROUP_KNOBS = {
  BASE_CGROUP: {
    kind: 'string',
    pool: 'htcondor',
    source: 'HTCondor',
    description:
      'The cgroup in which each job gets one of its own; empty: jobs get none. In version 2 it is beside ' +
      "the starter's own cgroup, in version 1 below the root of each hierarchy.",
  },
  CREATE_CGROUP_WITHOUT_ROOT: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description:
      'Whether a starter that is not root makes cgroups as well, in a BASE_CGROUP that is its own.',
  },
  USE_CGROUP_NAMESPACES: {
    kind: 'boolean',
    pool: 'false',
    source: 'Eyrie',
    description:
      'Whether a job sees of cgroups only its own, as their root, with its limits below ' +
      '/sys/fs/cgroup. Expression over machine ad and job ad.',
  },
  CGROUP_MEMORY_LIMIT_POLICY: {
    kind: 'choice',
    choices: ['none', 'soft', 'hard', 'custom'],
    pool: 'hard',
    source: 'HTCondor',
    description:
      "What the slot's Memory is to a job: a hard limit, a soft one, none; or custom, for the " +
      'expressions below.',
  },
  CGROUP_HARD_MEMORY_LIMIT_EXPR: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'HTCondor',
    description:
      'Hard limit where the policy is custom: a job that needs more is killed and held. ' +
      'Expression over machine ad and job ad.',
  },
  CGROUP_SOFT_MEMORY_LIMIT_EXPR: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'HTCondor',
    description:
      'Soft limit where the policy is custom: where memory is scarce, a job above it gives back ' +
      'first. Expression likewise.',
  },
  CGROUP_LOW_MEMORY_LIMIT: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'HTCondor',
    description:
      'Memory that a job keeps where memory is scarce (memory.low, version 2). Expression likewise.',
  },
  CGROUP_HIGH_MEMORY_LIMIT: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'Eyrie',
    description:
      'Memory above which a job is slowed down until it gives some back (memory.high, version 2). ' +
      'Expression likewise.',
  },
  DISABLE_SWAP_FOR_JOB: {
    kind: 'boolean',
    pool: 'false',
    hand: 'true',
    source: 'HTCondor',
    description: 'Whether a job with a hard limit gets no swap space.',
  },
  CGROUP_SWAP_LIMIT: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'Eyrie',
    description:
      'Swap space of a job with a hard limit; empty: as DISABLE_SWAP_FOR_JOB says. ' +
      'Expression likewise.',
  },
  STARTER_ALWAYS_HOLD_ON_OOM: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description:
      'Whether a job is held that was killed for want of memory, though it was far from its limit; ' +
      'else it goes to another machine.',
  },
  CGROUP_IGNORE_CACHE_MEMORY: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether files that the kernel keeps in memory do not count as memory of the job.',
  },
  CGROUP_POLLING_INTERVAL: {
    kind: 'integer',
    pool: '5',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: "How often a job's use of memory is looked at.",
  },
  CGROUP_CPU_LIMIT: {
    kind: 'expression',
    pool: '',
    unit: 'CPUs',
    source: 'Eyrie',
    description:
      "CPUs' worth of time that a job cannot go over; empty: it may use what is idle. " +
      'Expression over machine ad and job ad: Cpus.',
  },
  CGROUP_PIDS_LIMIT: {
    kind: 'expression',
    pool: '',
    source: 'Eyrie',
    description:
      'Most processes and threads of a job at once; empty: no limit. Expression likewise.',
  },
  CGROUP_IO_WEIGHT: {
    kind: 'expression',
    pool: '',
    source: 'Eyrie',
    description:
      "A job's share of disks that are busy, 1 to 1000, where 100 is the share of others. " +
      'Expression likewise.',
  },
  CGROUP_HUGE_PAGES_LIMIT: {
    kind: 'expression',
    pool: '',
    unit: 'MiB',
    source: 'Eyrie',
    description: 'Huge pages of each size that a job may have. Expression likewise.',
  },
  STARTER_HIDE_GPU_DEVICES: {
    kind: 'boolean',
    pool: 'true',
    hand: 'regexp("GPUs", TARGET.MachineResources ?: "", "i")',
    source: 'HTCondor',
    description:
      "Whether a job cannot open the GPUs of the machine that are not its slot's. Needs a cgroup. " +
      'Expression over machine ad and job ad.',
  },
  STARTER_GPU_DEVICES: {
    kind: 'list',
    pool: '',
    source: 'Eyrie',
    description:
      'The device nodes of GPUs, as ID=/dev/NODE with an ID of AssignedGPUs, several for one ID too; ' +
      "empty: those of NVIDIA's driver.",
  },
} as const satisfies Record<string, KnobRow>;
