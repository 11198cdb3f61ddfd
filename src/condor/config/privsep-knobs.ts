/**
 * The rows of the table of knobs about who does what needs root. `knobs.ts` puts them into the table; what
 * it says of names, kinds and columns holds here.
 */
import type { KnobRow } from './knob-types';

export const PRIVSEP_KNOBS = {
  PRIVSEP: {
    kind: 'choice',
    choices: ['own', 'daemon'],
    pool: 'own',
    source: 'Eyrie',
    description:
      'Who does what needs root: own, the starter itself as far as it can; daemon, for a starter that ' +
      'is not root, condor_procd --control, which runs its jobs on leased accounts.',
  },
  PROCD_CONTROL: {
    kind: 'path',
    pool: '/run/eyrie/control',
    source: 'Eyrie',
    description: 'The socket of that daemon.',
  },
  PROCD_CONTROL_LEASE: {
    kind: 'integer',
    pool: '300',
    unit: 'seconds',
    min: 10,
    source: 'Eyrie',
    description:
      'For how long an account is leased at a time; it is renewed while its job runs, and is free again ' +
      'after that time where a starter is killed.',
  },
} as const satisfies Record<string, KnobRow>;
