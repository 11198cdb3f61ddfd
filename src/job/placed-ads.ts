/**
 * The ads of a pool's job and its slot as the job finds them in its sandbox: with the places where
 * it runs, and those where it was submitted under names of their own.
 *
 * Source: JICShadow::initJobInfo and initWithFileTransfer of HTCondor's condor_starter for the job
 * ad; ResAttributes.cpp of its condor_startd for the name that a machine ad has for the sandbox.
 */
import { type ClassAd, stringValue } from '../condor/classad';
import type { JobFiles } from './spec-context';
import type { JobSpec, StreamSpec } from './spec';

/** The job's ad with its places here. `OrigIwd`, `OriginalOut` and so on keep the submit host's. */
export function placedJobAd(
  jobAd: ClassAd,
  { stdout, stderr }: Pick<JobSpec, 'stdout' | 'stderr'>,
  files: JobFiles,
): ClassAd {
  const ad = jobAd.copy();
  keep(ad, 'Cmd', 'OrigCmd');
  keep(ad, 'Iwd', 'OrigIwd');
  if (files.kind === 'shared') return ad;
  ad.set('Iwd', stringValue(files.sandbox));
  rename(ad, 'Out', 'OriginalOut', stdout);
  rename(ad, 'Err', 'OriginalErr', stderr);
  return ad;
}

/** A stream that is captured has a name in the sandbox; one that goes nowhere keeps its own. */
function rename(ad: ClassAd, name: string, original: string, stream: StreamSpec): void {
  if (stream.kind !== 'sandbox') return;
  keep(ad, name, original);
  ad.set(name, stringValue(stream.name));
}

function keep(ad: ClassAd, name: string, original: string): void {
  const expression = ad.get(name);
  if (expression !== undefined) ad.set(original, expression);
}

/** The machine's ad with the sandbox's path, for which a startd has a word that stands for it. */
export function placedMachineAd(machineAd: ClassAd, sandbox: string): ClassAd {
  if (!machineAd.has('CondorScratchDir')) return machineAd;
  return machineAd.copy().set('CondorScratchDir', stringValue(sandbox));
}
