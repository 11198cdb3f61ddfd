/**
 * The configuration: a table of knobs, readers that find out how they are set, and typed look-ups.
 * Only the readers (`read-hand.ts` and what it uses) touch the world; that of a pool is imported from
 * `read-pool.ts`, because it loads more than a job by hand needs.
 *
 *     const config = readHandConfig({ file: undefined, overrides: [], ... });
 *     if (config.ok) config.value.boolean('USE_PID_NAMESPACES', { my: job });
 */
export type { Config, KnobError } from './config';
export { findKnob, nearestKnob } from './knob-names';
export type { ChoiceOf, KnobKind, KnobName, KnobRow } from './knob-types';
export { KNOBS } from './knobs';
export { makeConfig } from './make-config';
export { describeOrigin, type Origin } from './origin';
export { readHandConfig, type HandConfigInput } from './read-hand';
export { resolveSettings, type KnobValues } from './resolve';
export type { ConfigError, Setting } from './settings';
