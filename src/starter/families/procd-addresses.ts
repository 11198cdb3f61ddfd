/** Which procds there are to be asked about families. */
import fs from 'node:fs';
import path from 'node:path';
import { runtimeDirectory } from '../../runtime-directory';
import type { RunningJob } from '../running/read-records';

/** The address of a procd. */
export interface ProcdAddress {
  readonly address: string;
  /** Whether somebody said that it is there: that it is not has to be told then. */
  readonly isExpected: boolean;
}

/**
 * The procds of this user: the one that his jobs by hand share, that of the pool whose daemons made
 * this process, and those that his running jobs name; for root those that root's jobs name. A pipe
 * that an ordinary user made is nothing for root to write to.
 */
export function procdAddresses(jobs: readonly RunningJob[]): readonly ProcdAddress[] {
  const own = path.join(runtimeDirectory(process.env), 'procd');
  const named = process.env['CONDOR_PROCD_ADDRESS'];
  const ofJobs = jobs
    .filter(({ owner }) => owner === process.geteuid?.())
    .flatMap(({ procd }) => (procd === undefined ? [] : [procd]));
  const found = [
    ...(named ? [{ address: named, isExpected: true }] : []),
    ...[...ofJobs, own].map((address) => ({ address, isExpected: false })),
  ].filter(({ address, isExpected }) => isExpected || isThere(address));
  return [...new Map(found.reverse().map((each) => [each.address, each])).values()].reverse();
}

function isThere(address: string): boolean {
  return (
    path.isAbsolute(address) && fs.lstatSync(address, { throwIfNoEntry: false })?.isFIFO() === true
  );
}
