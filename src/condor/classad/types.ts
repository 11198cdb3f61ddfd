/**
 * Values of the ClassAd language, and what an evaluation needs from outside. The rest of the house
 * uses the functions that `index.ts` exports, and these types.
 *
 * Source: the HTCondor manual's chapter "ClassAd Mechanism", and `classad_eval` as the judge.
 */
import type { AttributeList } from './attribute-list';
import type { Expression } from './expression';

/** A value of the language. Integers are 64 bits wide and wrap around. */
export type Value =
  | { readonly type: 'undefined' }
  | { readonly type: 'error' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'real'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  /** Whole seconds since the epoch, and the offset from UTC in seconds (east is positive). */
  | { readonly type: 'absoluteTime'; readonly seconds: number; readonly offset: number }
  /** Seconds, with fractions. */
  | { readonly type: 'relativeTime'; readonly seconds: number }
  | ListValue
  | AdValue;

/**
 * A list is not evaluated before somebody looks at an item: `{ 1, 1/0 }` has two items and no
 * error. `listItems()` of `index.ts` evaluates them.
 */
export interface ListValue {
  readonly type: 'list';
  readonly items: readonly Expression[];
  /** The ad that the list stands in: its items are looked up there. */
  readonly scope: AdScope | undefined;
}

/** An ad inside an ad. */
export interface AdValue {
  readonly type: 'ad';
  readonly ad: AttributeList;
  /** The ad as a place to look names up; undefined: it stands in no other ad. */
  readonly scope: AdScope | undefined;
}

/**
 * An ad as a place where names are looked up: in itself, then in the ads around it. HTCondor keeps
 * these links inside its ads; here they live as long as one evaluation, so that ads can be shared.
 */
export interface AdScope {
  readonly ad: AttributeList;
  /** The ad around this one. */
  readonly parentScope: AdScope | undefined;
  /** Where a name without a scope is looked up last: the other ad of a match. */
  alternateScope?: AdScope;
}

/** Why a text is not a ClassAd or an expression. Lines and columns count from 1. */
export interface ParseError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * What an evaluation may ask of the world: nothing else makes it impure. Without a host, functions
 * that need one (`time()`, `random()`, local time) give error.
 */
export interface EvaluationHost {
  /** Seconds since the epoch, with fractions. */
  now(): number;
  /** Offset of local time from UTC at an instant, in seconds. */
  utcOffset(epochSeconds: number): number;
  /** A number in [0, 1). */
  random(): number;
  /** `userHome()`: a user's home directory; absent: as with CLASSAD_ENABLE_USER_HOME = false. */
  userHome?(user: string): string | undefined;
  /** `userMap()`: the groups of a user in a named map, with commas; absent: no maps. */
  userMap?(mapName: string, user: string): string | undefined;
  /** `debug()`: one line about an evaluation; absent: not told to anybody. */
  debug?(line: string): void;
}

/** Ads to evaluate against: MY. and TARGET. */
export interface Scope {
  readonly my?: AttributeList;
  readonly target?: AttributeList;
}
