/**
 * The log as the rest of the house sees it.
 */
import type { DebugCategory, Verbosity } from './categories';

/**
 * Writes lines to all outputs that want them. Every line has been handed to the kernel when a call
 * returns: it is not lost when the process exits or is killed. No call throws.
 */
export interface Logger {
  /** D_ALWAYS: what happened, for everybody who reads the log. */
  always(message: string): void;
  /** D_STATUS: progress. */
  status(message: string): void;
  /** D_ERROR: what went wrong. */
  error(message: string): void;
  /**
   * A line of a category that may be off.
   *
   * @param message is called only where some output wants the line
   * @param verbosity 2: only with `CATEGORY:2`
   */
  debug(category: DebugCategory, message: () => string, verbosity?: Verbosity): void;
  /** Whether some output wants lines of this category. */
  isEnabled(category: DebugCategory, verbosity?: Verbosity): boolean;
  /** Closes the outputs. Later lines go nowhere. */
  close(): void;
}
