/**
 * A reporter for node's test runner: one line a file, failures and skips in full, and the runner's
 * own counts as the last lines (`# tests 9`, `# pass 9`, …), where people and CI look for them.
 */
import path from 'node:path';
import process from 'node:process';
import { inspect } from 'node:util';

const root = process.cwd();

/** src/result.test.ts, by the name of the source or of its bundle build/test/RUN/src/result.test.cjs */
function sourceName(file) {
  return path
    .relative(root, file)
    .replace(/^build\/test\/[^/]+\//, '')
    .replace(/\.cjs$/, '.ts');
}

/**
 * Why a test failed: the error that it threw, not the runner's wrapping of it, without the runner's
 * own frames and without the fields that an assertion's message repeats.
 */
function reason(error) {
  const thrown = error?.cause ?? error;
  const text = thrown?.stack ?? (typeof thrown === 'string' ? thrown : inspect(thrown));
  const lines = text.split('\n').filter((line) => !/^ +at .*node:internal/.test(line));
  const cause = thrown?.cause ? ['caused by:', inspect(thrown.cause)] : [];
  return [...lines, ...cause].join('\n').replace(/^/gm, '    ');
}

/**
 * A file is a test too, under its bundle's name. It passes or fails as one only when there was no
 * test in it or when it could not be run.
 */
function isFile({ nesting, name, file }) {
  return nesting === 0 && name === file;
}

/** What a test's end means: `undefined` for a suite, or a failure that a subtest already told. */
function verdict(type, data) {
  if (type === 'test:pass') {
    if (data.skip !== undefined || data.todo !== undefined) return 'skip';
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
class Place {
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

/** The lines for a test that did not simply pass. */
function story(outcome, file, data, place) {
  const where = `${file}:${data.line ?? '?'}: ${place.of(data)}`;
  switch (outcome) {
    case 'skip':
      return `skip ${where}: ${[data.skip, data.todo].find((why) => typeof why === 'string') ?? 'no reason given'}\n`;
    case 'empty':
      return `FAIL ${file}: there is no test in it\n`;
    case 'fail':
      return `FAIL ${where}\n${reason(data.details.error)}\n`;
    default:
      return '';
  }
}

/** What each file came to. */
class Tally {
  #files = new Map();
  #milliseconds = new Map();

  count(file, outcome) {
    const counts = this.#files.get(file) ?? { pass: 0, skip: 0, fail: 0, empty: 0 };
    counts[outcome] += 1;
    this.#files.set(file, counts);
  }

  took(file, milliseconds) {
    this.#milliseconds.set(file, milliseconds);
  }

  total(outcome) {
    return [...this.#files.values()].reduce((sum, counts) => sum + counts[outcome], 0);
  }

  lines() {
    return [...this.#files]
      .map(([file, { pass, skip, fail, empty }]) => {
        const counts = [`${pass} passed`, skip && `${skip} skipped`, fail && `${fail} failed`];
        const took = this.#milliseconds.get(file);
        if (took !== undefined) counts.push(`${(took / 1000).toFixed(1)} s`);
        return `${fail + empty > 0 ? 'FAIL' : 'ok  '} ${file} (${counts.filter(Boolean).join(', ')})\n`;
      })
      .join('');
  }
}

/** Failures of the run as a whole: what the runner itself would let pass. */
function failRun(tally) {
  const skipped = tally.total('skip');
  const lines = [];
  if (tally.total('empty') > 0) lines.push('FAIL a test file without a test\n');
  if (process.env.CI && skipped > 0)
    lines.push(`FAIL ${skipped} skipped: where CI is set, all that a test can need is installed\n`);
  if (lines.length > 0) process.exitCode = 1;
  return lines.join('');
}

export default async function* reporter(events) {
  const tally = new Tally();
  const place = new Place();
  const counts = [];
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:start') place.began(data);
    if (type === 'test:diagnostic' && data.nesting === 0) counts.push(`# ${data.message}\n`);
    if (type === 'test:complete' && isFile(data))
      tally.took(sourceName(data.file), data.details.duration_ms);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const outcome = verdict(type, data);
    if (outcome === undefined) continue;
    const file = data.file ? sourceName(data.file) : 'unknown file';
    tally.count(file, outcome);
    yield story(outcome, file, data, place);
  }
  yield tally.lines();
  yield failRun(tally);
  yield counts.join('');
}
