/**
 * Whether a pool's job has its files transferred.
 *
 * Source: JICShadow::initFileTransfer and sameFSDomain of HTCondor's condor_starter; the words are
 * those of its enum_utils.cpp; the manual's ShouldTransferFiles and FILESYSTEM_DOMAIN.
 */
import type { ClassAd } from '../condor/classad';
import { err, ok, type Result } from '../result';
import { AdReader } from './ad-reader';
import type { JobFault } from './faults';
import type { JobFiles } from './spec-context';

/** What ShouldTransferFiles says. */
const WISHES: ReadonlyMap<string, 'yes' | 'no' | 'if needed'> = new Map([
  ['YES', 'yes'],
  ['TRUE', 'yes'],
  ['ALWAYS', 'yes'],
  ['NO', 'no'],
  ['FALSE', 'no'],
  ['NEVER', 'no'],
  ['IF_NEEDED', 'if needed'],
  ['AUTO', 'if needed'],
]);

/** This host. */
export interface FilesHere {
  /** The knob FILESYSTEM_DOMAIN; undefined: this host shares its files with nobody. */
  readonly fileSystemDomain: string | undefined;
  /** The job's sandbox, absolute. */
  readonly sandbox: string;
}

/** Decides where a pool's job finds its files, or says what is wrong with its ad. */
export function readJobFiles(jobAd: ClassAd, here: FilesHere): Result<JobFiles, JobFault> {
  const reader = new AdReader(jobAd);
  const wish = readWish(reader);
  const isShared = isSameDomain(reader.text('FileSystemDomain'), here.fileSystemDomain);
  if (reader.complaints.length > 0) {
    const reason = `The job ad cannot be run: ${reader.complaints.join('; ')}`;
    return err({ cause: 'badJobAd', subcode: 0, reason });
  }
  return wish === 'no' || (wish === 'if needed' && isShared)
    ? ok({ kind: 'shared' })
    : ok({ kind: 'transferred', sandbox: here.sandbox });
}

function readWish(reader: AdReader): 'yes' | 'no' | 'if needed' | undefined {
  const text = reader.text('ShouldTransferFiles');
  const wish = WISHES.get(text?.toUpperCase() ?? '');
  if (wish === undefined) {
    reader.complain(
      `ShouldTransferFiles is ${text === undefined ? 'missing' : `"${text}"`}; expected "YES", "NO" or "IF_NEEDED"`,
    );
  }
  return wish;
}

/** A job that names no domain shares its files with nobody. */
function isSameDomain(job: string | undefined, own: string | undefined): boolean {
  return job !== undefined && job.toLowerCase() === own?.toLowerCase();
}
