/**
 * The rows of the table of knobs about policies that a starter keeps while its job runs. `knobs.ts` puts
 * them into the table; what it says of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

/** What a policy's expression can speak of, beside the two ads. */
const SPEAKS =
  'Expression over the job ad, with RemoteUserCpu, RemoteSysCpu, RemoteWallClockTime, CpusUsage, ' +
  'ImageSize, ResidentSetSize, MemoryUsage, NumPids and DiskUsage as they are now, and the machine ad ' +
  '(TARGET).';

export const POLICY_KNOBS = {
  STARTER_JOB_POLICIES: {
    kind: 'list',
    pool: '',
    source: 'Eyrie',
    description:
      'Policies that a running job is held to: CPU, VIRTUAL_MEMORY, MEMORY, DISK, or names of your own.',
  },
  STARTER_JOB_POLICY_INTERVAL: {
    kind: 'integer',
    pool: '15',
    unit: 'seconds',
    min: 1,
    source: 'Eyrie',
    description:
      'How often the job is looked at for them; less often where looking at its files takes long.',
  },
  STARTER_JOB_POLICY_CPU: {
    kind: 'expression',
    pool: 'RemoteWallClockTime > 60 && CpusUsage > TARGET.Cpus + 0.5',
    source: 'Eyrie',
    description: `When a job has used more CPU time than it has cores. ${SPEAKS}`,
  },
  STARTER_JOB_POLICY_VIRTUAL_MEMORY: {
    kind: 'expression',
    pool: 'ImageSize > 1024 * TARGET.Memory',
    source: 'Eyrie',
    description: 'When the address spaces of its processes are too large together.',
  },
  STARTER_JOB_POLICY_MEMORY: {
    kind: 'expression',
    pool: 'ResidentSetSize > 1024 * TARGET.Memory',
    source: 'Eyrie',
    description: 'When its processes have too much memory together.',
  },
  STARTER_JOB_POLICY_DISK: {
    kind: 'expression',
    pool: 'DiskUsage > (RequestDisk ?: TARGET.Disk)',
    source: 'Eyrie',
    description: 'When its sandbox is too large.',
  },
  'STARTER_JOB_POLICY_<Keyword>_ACTION': {
    kind: 'string',
    pool: '',
    source: 'Eyrie',
    description:
      'What is done then: log it; suspend the job for as long as it is so; hold it (where this is ' +
      'empty); or kill it, for another machine.',
  },
  'STARTER_JOB_POLICY_<Keyword>': {
    kind: 'expression',
    pool: '',
    source: 'Eyrie',
    description: 'When the policy of that name applies.',
  },
} as const satisfies Record<string, KnobRow>;
