/**
 * Values of the ClassAd language, and the interface of an ad. The rest of the house uses the
 * functions that `index.ts` exports, and these types.
 *
 * Source: the HTCondor manual's chapter "ClassAd Mechanism", and `classad_eval` as the judge.
 */
import type { ClassAd } from './classad';

/** A value of the language. Integers are 64 bits wide and wrap around. */
export type Value =
  | { readonly type: 'undefined' }
  | { readonly type: 'error' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'real'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  /** Seconds since the epoch, and the offset from UTC in seconds. */
  | { readonly type: 'absoluteTime'; readonly seconds: number; readonly offset: number }
  /** Seconds, with fractions. */
  | { readonly type: 'relativeTime'; readonly seconds: number }
  | { readonly type: 'list'; readonly items: readonly Value[] }
  | { readonly type: 'ad'; readonly ad: ClassAd };

/** Why a text is not a ClassAd or an expression. Lines and columns count from 1. */
export interface ParseError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What an evaluation may ask of the world: nothing else makes it impure. */
export interface EvaluationHost {
  /** Seconds since the epoch, with fractions. */
  now(): number;
  /** Offset of local time from UTC at an instant, in seconds. */
  utcOffset(epochSeconds: number): number;
  /** A number in [0, 1). */
  random(): number;
}

/** Ads to evaluate against: MY. and TARGET. */
export interface Scope {
  readonly my?: ClassAd;
  readonly target?: ClassAd;
}
