/**
 * A reporter for node's test runner: failures and skips in full as they happen, then one line a
 * file, once more where and why tests failed, and the runner's own counts as the last lines
 * (`# tests 9`, `# pass 9`, …). People and CI look for them there: of a long run only the end is kept.
 *
 * Where EYRIE_TEST_OUTCOME names a file, the counts and what failed are written there, as JSON, in place
 * of the last lines: there may be a second attempt (again.mjs).
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { countLines } from './again.mjs';
import { Place, isFile, reason, skipReason, verdict } from './outcome.mjs';

const root = process.cwd();

/** src/result.test.ts, by the name of the source or of its bundle build/test/RUN/src/result.test.cjs */
function sourceName(file) {
  return path
    .relative(root, file)
    .replace(/^build\/test\/[^/]+\//, '')
    .replace(/\.cjs$/, '.ts');
}

/** The lines for a test that did not simply pass. */
function story(outcome, file, data, place) {
  const where = `${file}:${data.line ?? '?'}: ${place.of(data)}`;
  switch (outcome) {
    case 'skip':
      return `skip ${where}: ${skipReason(data)}\n`;
    case 'empty':
      return `FAIL ${file}: there is no test in it\n`;
    case 'fail':
      return `FAIL ${where}\n${reason(data.details.error).replace(/^/gm, '    ')}\n`;
    default:
      return '';
  }
}

/** A failure in short: where it was, and the first lines of why, without frames and blank lines. */
function inShort(failure) {
  const lines = failure.split('\n').filter((line) => line.trim() !== '');
  const frames = lines.findIndex((line) => /^ +at /.test(line));
  return `${lines.slice(0, frames < 0 ? 8 : Math.min(frames, 8)).join('\n')}\n`;
}

/** What each file came to. */
class Tally {
  #files = new Map();
  #milliseconds = new Map();

  count(file, outcome) {
    const counts = this.#files.get(file) ?? { pass: 0, skip: 0, elsewhere: 0, fail: 0, empty: 0 };
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
      .map(([file, { pass, skip, elsewhere, fail, empty }]) => {
        const counts = [
          `${pass} passed`,
          elsewhere && `${elsewhere} elsewhere`,
          skip && `${skip} skipped`,
          fail && `${fail} failed`,
        ];
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

/** Reads `tests 9`. */
function readCount(message, counts) {
  const [name, count] = message.split(' ');
  counts[name] = Number(count);
}

export default async function* reporter(events) {
  const tally = new Tally();
  const place = new Place();
  const counts = {};
  const failures = [];
  const failedFiles = new Set();
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:start') place.began(data);
    if (type === 'test:diagnostic' && data.nesting === 0) readCount(data.message, counts);
    if (type === 'test:complete' && isFile(data))
      tally.took(sourceName(data.file), data.details.duration_ms);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const outcome = verdict(type, data);
    if (outcome === undefined) continue;
    const file = data.file ? sourceName(data.file) : 'unknown file';
    tally.count(file, outcome);
    const told = story(outcome, file, data, place);
    if (outcome === 'fail') {
      failures.push(inShort(told));
      failedFiles.add(file);
    }
    yield told;
  }
  yield tally.lines();
  yield failures.join('');
  const troubles = failRun(tally);
  yield troubles;
  const outcome = {
    counts,
    failures,
    failedFiles: [...failedFiles],
    failedAsWhole: troubles !== '',
  };
  const file = process.env.EYRIE_TEST_OUTCOME;
  if (file) writeFileSync(file, JSON.stringify(outcome));
  else yield countLines(counts);
}
