/**
 * The configuration as the rest of the house sees it: typed, pure look-ups of knobs that were read
 * before. A name that the table of knobs lacks does not compile; a knob that is set wrongly is a
 * `KnobError` when it is asked for.
 */
import type { Expression } from '../classad/expression';
import type { Scope } from '../classad/types';
import type { Result } from '../../result';
import type { ChoiceOf, KnobName } from './knob-types';
import type { Origin } from './origin';

export { describeOrigin, type Origin } from './origin';

/** A knob that is set wrongly. `message` names the knob, its value, its origin and what to write. */
export interface KnobError {
  readonly knob: string;
  readonly value: string;
  readonly origin: Origin;
  readonly message: string;
}

/**
 * The configuration of one run. Names are compared without regard to letter case. Macros have been
 * expanded. Where a getter takes a `scope`, the knob may be an expression over those ads.
 */
export interface Config {
  /** The text; undefined where the knob is not set or empty, as HTCondor's param() has it. */
  string(name: KnobName<'string'>): string | undefined;
  /** An absolute path without trailing slash, `.` or `..`; undefined where not set. */
  path(name: KnobName<'path'>): Result<string | undefined, KnobError>;
  /** The words of a list; empty where not set. */
  list(
    name: KnobName<'list' | 'list-expression'>,
    scope?: Scope,
  ): Result<readonly string[], KnobError>;
  /** In the unit of the table's row, within its bounds. A real number loses its fraction. */
  integer(name: KnobName<'integer'>, scope?: Scope): Result<number, KnobError>;
  /** A number counts as true unless it is 0. */
  boolean(name: KnobName<'boolean'>, scope?: Scope): Result<boolean, KnobError>;
  /** The parsed expression; undefined where not set. */
  expression(name: KnobName<'expression'>): Result<Expression | undefined, KnobError>;
  /** One of the row's words, spelt as there. */
  choice<Name extends KnobName<'choice'>>(name: Name): Result<ChoiceOf<Name>, KnobError>;
  /** The text of any knob after expansion of macros, for messages; empty where not set. */
  text(name: KnobName): string;
  /** Who set the knob. */
  origin(name: KnobName): Origin;
}
