/**
 * A computation that can fail, as a value.
 *
 * Expected trouble (a bad ad, a refused mount, an absent account) travels as the `error` of a
 * `Result`; only bugs are thrown.
 */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Wraps a success. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/** Wraps a failure. */
export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** Marks a place that the types say cannot be reached; reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
