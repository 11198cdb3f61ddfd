/** What the events of node's test runner say about a test. */
import { inspect } from 'node:util';

/**
 * Why a test failed: the error that it threw, not the runner's wrapping of it, without the runner's
 * own frames and without the fields that an assertion's message repeats.
 */
export function reason(error) {
  const thrown = error?.cause ?? error;
  const text = thrown?.stack ?? (typeof thrown === 'string' ? thrown : inspect(thrown));
  const lines = text.split('\n').filter((line) => !/^ +at .*node:internal/.test(line));
  const cause = thrown?.cause ? ['caused by:', inspect(thrown.cause)] : [];
  return [...lines, ...cause].join('\n');
}

/**
 * A file is a test too, under its bundle's name. It passes or fails as one only when there was no
 * test in it or when it could not be run.
 */
export function isFile({ nesting, name, file }) {
  return nesting === 0 && name === file;
}

/**
 * Why a test was skipped, where it was.
 *
 * @returns undefined: it was not
 */
export function skipReason({ skip, todo }) {
  if (skip === undefined && todo === undefined) return undefined;
  return [skip, todo].find((why) => typeof why === 'string') ?? 'no reason given';
}

/**
 * What a test's end means: `undefined` for a suite, or a failure that a subtest already told.
 * `elsewhere`: this machine cannot run it, but it runs beside this run (test/support/need.ts).
 */
export function verdict(type, data) {
  if (type === 'test:pass') {
    const skipped = skipReason(data);
    if (skipped !== undefined)
      return /^runs (in the guest|on the host)/.test(skipped) ? 'elsewhere' : 'skip';
    if (isFile(data)) return 'empty';
    return data.details.type === 'suite' ? undefined : 'pass';
  }
  if (type === 'test:fail' && data.details.error?.failureType !== 'subtestsFailed') return 'fail';
  return undefined;
}

/**
 * Which suites a test stands in. A suite's start is told before its tests' ends, and one file's events
 * before the next file's; a suite may be declared by another source than its tests.
 */
export class Place {
  #names = [];

  began({ nesting, name }) {
    this.#names.length = nesting;
    this.#names[nesting] = name;
  }

  /** The names of the suites and of the test: `a queue > when full > refuses`. */
  of({ nesting, name }) {
    return [...this.#names.slice(0, nesting), name].join(' > ');
  }
}
