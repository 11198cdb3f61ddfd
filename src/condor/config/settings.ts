/**
 * Settings as they were written, before macros are expanded: what every reader of a configuration
 * makes.
 */
import type { Origin } from './origin';

/** One `NAME = text`. */
export interface Setting {
  /** As it was written; letter case does not count. */
  readonly name: string;
  /** Without white space around it; macros not expanded. Empty: the knob is unset. */
  readonly text: string;
  readonly origin: Origin;
}

/** What is wrong with a configuration as a whole or with one line of it, for a person to act on. */
export interface ConfigError {
  readonly message: string;
}
