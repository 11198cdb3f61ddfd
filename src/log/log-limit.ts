/**
 * The values of MAX_STARTER_LOG and MAX_DEFAULT_LOG: when a log file is rotated.
 */
import { err, ok, type Result } from '../result';

/** When a log file is full. */
export type LogLimit =
  | { readonly kind: 'never' }
  | { readonly kind: 'size'; readonly bytes: number }
  /** Whenever a period of this many seconds begins, counted from 1970. */
  | { readonly kind: 'age'; readonly seconds: number };

/** Units by how they are written; the rest of the word after what counts is free. */
const UNITS: readonly (readonly [written: RegExp, kind: 'size' | 'age', factor: number])[] = [
  [/^(b[a-z]*)?$/i, 'size', 1],
  [/^k[a-z]*$/i, 'size', 2 ** 10],
  // By itself, m is minutes and M is megabytes.
  [/^(M|[Mm][Ii]?[Bb][A-Za-z]*)$/, 'size', 2 ** 20],
  [/^g[a-z]*$/i, 'size', 2 ** 30],
  [/^t[a-z]*$/i, 'size', 2 ** 40],
  [/^s[a-z]*$/i, 'age', 1],
  [/^(m|[Mm][Ii]([AC-Zac-z][A-Za-z]*)?)$/, 'age', 60],
  [/^h[a-z]*$/i, 'age', 3600],
  [/^d[a-z]*$/i, 'age', 86_400],
  [/^w[a-z]*$/i, 'age', 604_800],
];

/**
 * Parses a limit: a number and a unit. `b Kb Mb MiB Gb Tb` are sizes, with 1024 for a thousand;
 * `sec min hour day week` are ages. No unit is bytes, 0 is never.
 *
 * Source: the manual's entry MAX_<SUBSYS>_LOG.
 *
 * @returns an error that says what was expected
 */
export function parseLogLimit(text: string): Result<LogLimit, string> {
  const [, digits, word = ''] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const unit = UNITS.find(([written]) => written.test(word));
  if (digits === undefined || unit === undefined) {
    return err('expected a size such as "10 Mb" or an age such as "2 days"');
  }
  const [, kind, factor] = unit;
  const amount = Number(digits) * factor;
  if (amount === 0) return ok({ kind: 'never' });
  return ok(kind === 'size' ? { kind, bytes: amount } : { kind, seconds: amount });
}
