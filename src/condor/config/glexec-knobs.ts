/**
 * The rows of the table of knobs about gLExec. `knobs.ts` puts them into the table; what it says of names,
 * kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const GLEXEC_KNOBS = {
  GLEXEC_JOB: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description:
      'Whether gLExec runs each job as the account of its X.509 proxy (x509userproxy). For starters of an ' +
      'ordinary user; EXECUTE must have mode 1777, since the account makes its sandbox there.',
  },
  GLEXEC: {
    kind: 'path',
    pool: '',
    source: 'HTCondor',
    description: 'The set-uid program glexec. Needed where GLEXEC_JOB is true.',
  },
  GLEXEC_RETRIES: {
    kind: 'integer',
    pool: '3',
    min: 0,
    max: 1000,
    source: 'HTCondor',
    description:
      'Attempts beside the first one where gLExec ends with 202 or 203, or does not begin.',
  },
  GLEXEC_RETRY_DELAY: {
    kind: 'integer',
    pool: '5',
    unit: 'seconds',
    min: 0,
    max: 86_400,
    source: 'HTCondor',
    description: 'The time before the second attempt; before later ones a random multiple of it.',
  },
  GLEXEC_TIMEOUT: {
    kind: 'integer',
    pool: '120',
    unit: 'seconds',
    min: 1,
    max: 86_400,
    source: 'Eyrie',
    description:
      'The time in which gLExec must have begun its work; then it is ended, and tried again.',
  },
  GLEXEC_HOLD_ON_INITIAL_FAILURE: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description:
      'Whether a job is held whose sandbox gLExec cannot hand over; else it goes elsewhere. A job ' +
      'with a proxy that has expired or cannot be read is always held.',
  },
  PROXY_EXPIRING_EVICTION_TIME: {
    kind: 'integer',
    pool: '60',
    unit: 'seconds',
    min: 0,
    max: 31_536_000,
    source: 'HTCondor',
    description:
      'How long before the end of its proxy a job that gLExec runs is held: afterwards nobody could ' +
      'signal it or fetch its results.',
  },
  GLEXEC_STARTER: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'The same for the starter itself, which HTCondor gave up for GLEXEC_JOB. Refused.',
  },
} as const satisfies Record<string, KnobRow>;
