/**
 * The rows of the table of knobs that only a starter in a pool reads. `knobs.ts` puts them into the
 * table; what it says of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const POOL_KNOBS = {
  STARTER_UPDATE_INTERVAL: {
    kind: 'integer',
    pool: '300',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: 'How often shadow and startd are told how the job is.',
  },
  STARTER_INITIAL_UPDATE_INTERVAL: {
    kind: 'integer',
    pool: '8',
    unit: 'seconds',
    min: 0,
    source: 'HTCondor',
    description: 'When they are told for the first time after the start of the job.',
  },
  NOT_RESPONDING_TIMEOUT: {
    kind: 'integer',
    pool: '3600',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: 'After how long without a sign of life a daemon counts as hung.',
  },
  STARTER_NOT_RESPONDING_TIMEOUT: {
    kind: 'integer',
    pool: '$(NOT_RESPONDING_TIMEOUT)',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: 'The same for starters alone.',
  },
  STARTER_FIRST_CHILDALIVE_DELAY: {
    kind: 'integer',
    // A startd that does not know this knob times a starter only once it has heard of it, so it
    // must hear at once. One that knows it has a default of its own, 30.
    pool: '0',
    unit: 'seconds',
    min: 0,
    source: 'HTCondor',
    description: 'When a starter tells its startd for the first time that it is alive.',
  },
  STARTER_UPLOAD_TIMEOUT: {
    kind: 'integer',
    pool: '300',
    unit: 'seconds',
    min: 1,
    source: 'HTCondor',
    description: 'How long the shadow may take for an answer, or for a piece of a file.',
  },
  SOFT_UID_DOMAIN: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether a job may run as an owner of whom this host has no account.',
  },
  BIN: {
    kind: 'path',
    pool: '',
    source: 'HTCondor',
    description: "Where HTCondor's programs are; jobs find it in _CONDOR_BIN.",
  },
  CONDOR_IDS: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: "The pool's own account as `uid.gid`; unset: the account condor.",
  },
  USE_USER_NAMESPACES: {
    kind: 'boolean',
    pool: 'false',
    source: 'Eyrie',
    description: 'Whether a starter that is not root runs jobs in a user namespace.',
  },
  TRANSFER_STDIO_ON_EVICT: {
    kind: 'boolean',
    pool: 'false',
    source: 'Eyrie',
    description:
      'Whether standard output and error of an evicted job go to its owner, where its output is not ' +
      'kept for its next run.',
  },
} as const satisfies Record<string, KnobRow>;
