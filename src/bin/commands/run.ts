/**
 * `eyrie run`: one job by hand. Its result goes to `--result` and, with `--json`, to standard
 * output; a person at a terminal gets an account of the run.
 */
import path from 'node:path';
import { type ClassAd, printClassAd, toJson } from '../../condor/classad';
import { EXIT_NOT_RUN, exitStatus } from '../../job/exit-status';
import { resultAd } from '../../job/result-ad';
import { printableLine } from '../../printable';
import { type LocalReport, runLocalJob } from '../../starter/local-job';
import { type FilePlace, openFilePlace, writeInPlace } from '../../starter/write-file';
import type { CommandIo, RunOptions } from '../options/types';
import { mayColour } from '../output';
import { logBugsWith } from '../program';
import { describeResult } from '../report/describe-result';
import { localOptions } from './local-options';

/** Gives the exit status of the job, or of what kept it from running. */
export async function runJob(options: RunOptions, io: CommandIo): Promise<number> {
  // Before the job begins: afterwards its directory could be another, and the work would be lost.
  const { result } = options;
  const place = result === undefined ? undefined : openFilePlace(path.resolve(result));
  if (place?.ok === false) {
    io.stderr.write(`eyrie run: ${printableLine(place.error)}\n`);
    return EXIT_NOT_RUN;
  }
  const report = await runLocalJob(localOptions(options), {
    ...options,
    logOpened: (log) => logBugsWith((text) => log.error(text)),
  });
  for (const message of report.messages) {
    io.stderr.write(`eyrie run: ${printableLine(message)}\n`);
  }
  if (options.verbose || io.stderr.isTTY) {
    io.stderr.write(account(report, mayColour(io.stderr, process.env)));
  }
  const delivered = deliver(resultAd(report.result), options, place?.value, io);
  return delivered ? exitStatus(report.result.outcome) : EXIT_NOT_RUN;
}

function account({ prepared, result, stopwatch }: LocalReport, colour: boolean): string {
  return describeResult(
    {
      plan: prepared?.plan,
      sandbox: prepared?.sandbox ?? '',
      notes: prepared?.notes ?? [],
      phases: stopwatch.times,
      result,
    },
    colour,
  );
}

/** Hands the result over. False: it could not be, and the caller must know by the exit status. */
function deliver(
  ad: ClassAd,
  { json }: RunOptions,
  place: FilePlace | undefined,
  io: CommandIo,
): boolean {
  if (json) io.stdout.write(`${toJson(ad, 0)}\n`);
  if (place === undefined) return true;
  const written = writeInPlace(place, printClassAd(ad, 'old'));
  if (!written.ok) io.stderr.write(`eyrie run: ${printableLine(written.error)}\n`);
  return written.ok;
}
