/**
 * Perl's regular expressions over bytes, in bounded time and space: a pattern comes from whoever
 * wrote the ad, and JavaScript's own engine would spend hours on `(a+)+$`.
 */
import { fromBytes, toBytes } from '../text';
import { PatternTrouble } from './cursor';
import { type MatchOptions, type Outcome, search, type StepBudget } from './matcher';
import { NO_OPTIONS } from './options';
import { parsePattern } from './parser';
import { compile, type Program } from './program';
import { type ByteSet, requiredSets } from './syntax';

export type { Captures, StepBudget } from './matcher';

/** The options of HTCondor's functions: letters that are none of them are ignored. */
export interface RegexpOptions {
  /** `i`: case does not matter. */
  readonly ignoreCase?: boolean;
  /** `m`: `^` and `$` match at each line. */
  readonly multiline?: boolean;
  /** `s`: a dot matches a newline too. */
  readonly dotAll?: boolean;
  /** `x`: white space and comments in the pattern are ignored. */
  readonly extended?: boolean;
}

export class Regexp {
  private constructor(
    private readonly program: Program,
    private readonly required: readonly ByteSet[],
  ) {}

  /** Compiles a pattern; undefined: it is none, or one that is not supported. */
  static compile(pattern: string, options: RegexpOptions = {}): Regexp | undefined {
    try {
      const parsed = parsePattern(bytesOf(pattern), { ...NO_OPTIONS, ...options });
      return new Regexp(compile(parsed), requiredSets(parsed.node));
    } catch (trouble) {
      if (trouble instanceof PatternTrouble) return undefined;
      throw trouble;
    }
  }

  /**
   * Finds the first match at or after a place.
   *
   * @param subject as {@link bytesOf} gives it; places are in its characters.
   */
  search(subject: string, from: number, budget: StepBudget, options?: MatchOptions): Outcome {
    // Without a byte that every match has, nothing need be tried: that spares most bad patterns.
    const isHopeless = this.required.some((set) => !containsAny(subject, from, set));
    return isHopeless ? 'none' : search(this.program, subject, from, budget, options);
  }
}

function containsAny(subject: string, from: number, set: ByteSet): boolean {
  for (let at = from; at < subject.length; at += 1) {
    if (set[subject.charCodeAt(at)] === 1) return true;
  }
  return false;
}

/** A text as bytes, each of them a character. */
export function bytesOf(text: string): string {
  return Buffer.from(toBytes(text)).toString('latin1');
}

/** The text of such bytes. */
export function textOfBytes(bytes: string): string {
  return fromBytes(Buffer.from(bytes, 'latin1'));
}
