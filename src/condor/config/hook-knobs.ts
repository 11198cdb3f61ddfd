/**
 * The rows of the table of knobs that are about job hooks: programs of the site that HTCondor's
 * starter runs around a job. This starter has none of them; it reads these knobs so that no job
 * runs without a hook that its site wants.
 *
 * Source: the manual's chapter "Hooks"; JobHookClientMgr and StarterHookMgr of HTCondor.
 */
import type { KnobRow } from './knob-types';

export const HOOK_KNOBS = {
  STARTER_JOB_HOOK_KEYWORD: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Keyword of the job hooks of all jobs. A job with one of them is held here.',
  },
  STARTER_DEFAULT_JOB_HOOK_KEYWORD: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'The same for jobs that name no keyword themselves.',
  },
  '<Keyword>_HOOK_PREPARE_JOB': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Program that runs before a job, after its input has come.',
  },
  '<Keyword>_HOOK_PREPARE_JOB_BEFORE_TRANSFER': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Program that runs before a job and its input.',
  },
  '<Keyword>_HOOK_UPDATE_JOB_INFO': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Program that is told how a job is.',
  },
  '<Keyword>_HOOK_JOB_EXIT': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Program that is told of the end of a job.',
  },
} as const satisfies Record<string, KnobRow>;
