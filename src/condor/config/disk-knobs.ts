/**
 * The rows of the table of knobs about sandboxes that are file systems of their own. `knobs.ts` puts them
 * into the table; what it says of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const DISK_KNOBS = {
  STARTER_SCRATCH_DISK: {
    kind: 'choice',
    choices: ['directory', 'tmpfs', 'loop'],
    pool: 'directory',
    source: 'Eyrie',
    description:
      "What a job's sandbox is: a directory that can grow; or a file system with a size, which a job " +
      'cannot fill beyond (it is held then): tmpfs in memory, which counts as memory of the job; loop ' +
      'in a file below EXECUTE (ext4). Needs root.',
  },
  STARTER_SCRATCH_DISK_SIZE: {
    kind: 'expression',
    pool: 'Disk',
    hand: 'TARGET.RequestDisk ?: Disk',
    unit: 'KiB',
    source: 'Eyrie',
    description: 'Its size. Expression over machine ad and job ad.',
  },
  LVM_USE_THIN_PROVISIONING: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description:
      'Whether the file of a loop takes space only as it is written to; else it is set aside whole. ' +
      'There is no LVM: a file has the place of a logical volume.',
  },
  LVM_THIN_LV_EXTRA_SIZE_MB: {
    kind: 'integer',
    pool: '2000',
    unit: 'MiB',
    min: 0,
    source: 'HTCondor',
    description:
      'Room that a thin one has beyond its size, so that a job is held before a write of it fails.',
  },
  LVM_THICK_LV_MARGIN: {
    kind: 'expression',
    pool: '0.98',
    source: 'HTCondor',
    description: 'The part of a thick one from which on a job is held.',
  },
} as const satisfies Record<string, KnobRow>;
