/** Amounts that knobs give as expressions over the machine ad (MY) and the job ad (TARGET). */
import { type ClassAd, evaluate } from '../condor/classad';
import type { Config, KnobError, KnobName } from '../condor/config';
import { ok, type Result } from '../result';
import { knobError } from './knob-error';

/** What the expressions speak of. */
export interface AmountSource {
  readonly config: Config;
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
}

/**
 * An amount of a knob in the knob's unit. Undefined where the knob is empty, its expression undefined,
 * or the amount below the least one: then there is no limit, as with HTCondor's expressions of memory.
 *
 * @param least the least amount that means anything; what is not above 0 where it is left out
 */
export function readAmount(
  { config, jobAd, machineAd }: AmountSource,
  knob: KnobName<'expression'>,
  least = Number.MIN_VALUE,
): Result<number | undefined, KnobError> {
  const expression = config.expression(knob);
  if (!expression.ok) return expression;
  if (expression.value === undefined) return ok(undefined);
  const value = evaluate(expression.value, { my: machineAd, target: jobAd });
  if (value.type === 'undefined') return ok(undefined);
  if (value.type !== 'integer' && value.type !== 'real') {
    return knobError(config, knob, `it gives ${value.type}, not a number`);
  }
  const amount = Number(value.value);
  return ok(Number.isFinite(amount) && amount >= least ? amount : undefined);
}
