/**
 * The rows of the table of knobs about procd, who keeps a job's processes together. `knobs.ts` puts
 * them into the table; what it says of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const PROCD_KNOBS = {
  USE_PROCD: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether jobs are registered with a procd.',
  },
  PROCD_ADDRESS: {
    kind: 'path',
    pool: '',
    hand: '$(EYRIE_RUNTIME_DIR)/procd',
    source: 'HTCondor',
    description:
      'The pipe of the procd that all jobs by hand share; one is started where there is none. ' +
      'A starter in a pool asks the procd that its startd names.',
  },
  PROCD: {
    kind: 'path',
    pool: '',
    source: 'HTCondor',
    description: "The condor_procd that is started for jobs by hand; empty: Eyrie's own.",
  },
  PROCD_LOG: {
    kind: 'path',
    pool: '',
    hand: '$(PROCD_ADDRESS).log',
    source: 'HTCondor',
    description: 'The log file of that procd; empty: none.',
  },
  MAX_PROCD_LOG: {
    kind: 'string',
    pool: '1000000',
    source: 'HTCondor',
    description: 'Size at which its log file is rotated; 0: it gets none.',
  },
  PROCD_MAX_SNAPSHOT_INTERVAL: {
    kind: 'integer',
    pool: '60',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: 'The longest time between two looks of that procd at the processes.',
  },
  PROCD_DIALECT: {
    kind: 'string',
    pool: '9.11.0',
    source: 'Eyrie',
    description:
      'Which release of HTCondor procd is of; all from the default on speak the same with it.',
  },
  PID_SNAPSHOT_INTERVAL: {
    kind: 'integer',
    pool: '15',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: "The longest time between two looks at a job's processes.",
  },
  RESTART_PROCD_ON_ERROR: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether a job whose procd has ended is registered with the next one.',
  },
  USE_GID_PROCESS_TRACKING: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether each job gets a group of its own, by which procd knows its processes.',
  },
  MIN_TRACKING_GID: {
    kind: 'integer',
    pool: '0',
    min: 0,
    source: 'HTCondor',
    description: 'The first of the groups that are kept for that.',
  },
  MAX_TRACKING_GID: {
    kind: 'integer',
    pool: '0',
    min: 0,
    source: 'HTCondor',
    description: 'The last of them.',
  },
  USE_PSS: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether procd measures proportional set sizes, which takes its time.',
  },
  KILL_ORPHANED_FAMILIES: {
    kind: 'boolean',
    pool: 'false',
    hand: 'true',
    source: 'Eyrie',
    description: 'Whether a procd started for jobs by hand kills what a dead starter leaves.',
  },
} as const satisfies Record<string, KnobRow>;
