/**
 * Job hooks: programs by which a site prepares jobs, changes them, or hears of their end. This starter
 * runs none, and no job that must have one.
 *
 * Source: JobHookClientMgr::initialize and StarterHookMgr of HTCondor. A keyword of which no hook is
 * set has no effect there either.
 */
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import { knobError } from './knob-error';

/** The hooks of a starter, as their knobs' names end. */
const HOOKS = [
  'PREPARE_JOB',
  'PREPARE_JOB_BEFORE_TRANSFER',
  'UPDATE_JOB_INFO',
  'JOB_EXIT',
] as const;

/** In this order: the first is for all jobs, whatever they say. */
const KEYWORDS = ['STARTER_JOB_HOOK_KEYWORD', 'STARTER_DEFAULT_JOB_HOOK_KEYWORD'] as const;

/**
 * An error where the site's configuration has a hook for the job. (A job that names a keyword itself
 * is refused before: see unsupported.ts.)
 */
export function refuseHooks(config: Config): Result<void, KnobError> {
  const knob = KEYWORDS.find((name) => config.string(name) !== undefined);
  const keyword = knob && config.string(knob);
  if (knob === undefined || keyword === undefined) return ok(undefined);
  if (!/^\w+$/.test(keyword)) {
    return knobError(config, knob, 'it is no keyword: expected letters, digits and underscores');
  }
  const hook = HOOKS.map((name) => `${keyword}_HOOK_${name}` as const).find(
    (name) => config.string(name) !== undefined,
  );
  if (hook === undefined) return ok(undefined);
  return knobError(
    config,
    knob,
    `${hook} = ${config.text(hook)} is a hook that jobs must have, and this starter runs none; unset ` +
      `${knob}, or run jobs here with a starter that has hooks`,
  );
}
