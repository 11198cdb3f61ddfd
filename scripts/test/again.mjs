/**
 * The second attempt of a run. Thousands of tests of races, deadlines and real daemons share two
 * processors, and nearly every run met a failure that did not come again. So the few files that
 * failed are run once more, each alone on the machine. A test that fails there fails the run; one that
 * passes there is told, and counted, apart: it is a bug all the same, of the product or of the test.
 */

/** More failed files than this are no chance. */
const MOST_FILES = 5;

/**
 * The files to run again.
 *
 * @param outcome what reporter.mjs wrote down of the first run
 * @returns none where that failed as a whole (skips, a file without tests), or failed widely
 */
export function filesToRunAgain({ failedFiles, failedAsWhole }) {
  return failedAsWhole || failedFiles.length > MOST_FILES ? [] : failedFiles;
}

/** The counts of both attempts: a test counts as it ended last. */
export function countsTogether(first, second) {
  const failed = (counts) => counts.fail + counts.cancelled;
  const passedAlone = Math.max(0, failed(first) - failed(second));
  return {
    ...first,
    pass: first.pass + failed(first) - failed(second),
    fail: second.fail,
    cancelled: second.cancelled,
    duration_ms: first.duration_ms + second.duration_ms,
    'passed alone': passedAlone,
  };
}

/** The last lines of a run: `# tests 9`, `# pass 9`, … */
export function countLines(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `# ${name} ${count}\n`)
    .join('');
}
