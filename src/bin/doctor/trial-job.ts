/**
 * The check that decides: this program runs true(1) as a job by hand, with the same configuration.
 */
import { spawn } from 'node:child_process';
import { type Check, preventsJobs, type Topic, works } from './check';
import type { DoctorOptions } from '../options/types';

/** Ten times what a slow machine takes; then SIGTERM ends the run as it ends any. */
const PATIENCE_MS = 30_000;

const JOB_AD = 'JobUniverse = 5\nCmd = "/bin/true"\nIwd = "/"\n';

/** The id of the check that decides. */
export const TRIAL_ID = 'job';

const TRIAL_JOB: Check = {
  id: TRIAL_ID,
  title: '/bin/true as a job',
  neededFor: 'eyrie run',
  run: async ({ bundle, options }) => {
    const started = performance.now();
    const { status, stderr } = await runSelf([bundle, 'run', ...configWords(options), '-'], JOB_AD);
    const milliseconds = Math.round(performance.now() - started);
    return status === 0
      ? works(`it ran and exited with 0, after ${milliseconds} ms`)
      : preventsJobs(reason(stderr) ?? `it exited with ${status}`);
  },
};

/** The options that the job shares with the doctor. */
function configWords({ configFile, set }: DoctorOptions): readonly string[] {
  return [
    ...(configFile === undefined ? [] : ['-c', configFile]),
    ...set.flatMap(({ name, value }) => ['--set', `${name}=${value}`]),
  ];
}

/** Runs node on our own bundle, with the caller's environment: it can hold knobs. */
function runSelf(
  args: readonly string[],
  input: string,
): Promise<{ readonly status: number | string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // It may end without having read its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', (error) => resolve({ status: error.message, stderr }));
    child.on('close', (status, signal) => resolve({ status: status ?? signal ?? '', stderr }));
  });
}

/** The first of the sentences that `eyrie run` gives. */
function reason(stderr: string): string | undefined {
  const [line = ''] = stderr.split('\n');
  return line.replace(/^eyrie run: /, '') || undefined;
}

/** A job. */
export const TRIAL: Topic = { title: 'A job', checks: [TRIAL_JOB] };
