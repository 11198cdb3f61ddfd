/** Knobs whose text is read by the job's own rules, and what is said where it cannot be. */
import type { Config, KnobError, KnobName } from '../condor/config';
import { describeTrouble } from '../condor/config/origin';
import { err, type Result } from '../result';

/**
 * A knob's error.
 *
 * @param trouble what is wrong with its value, and what was expected.
 */
export function knobError(
  config: Config,
  knob: KnobName,
  trouble: string,
): Result<never, KnobError> {
  const value = config.text(knob);
  const origin = config.origin(knob);
  return err({
    knob,
    value,
    origin,
    message: describeTrouble({ name: knob, text: value, origin }, trouble),
  });
}
