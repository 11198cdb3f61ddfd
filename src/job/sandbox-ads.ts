/**
 * The ads that a job finds in its sandbox: `.job.ad`, `.machine.ad` and `.update.ad`, old syntax,
 * an attribute a line.
 *
 * Source: Starter::WriteAdFiles of HTCondor's condor_starter; `.update.ad` is made by the startd
 * (Resource::refresh_sandbox_ad), for which we stand in where there is none.
 */
import { type ClassAd, integerValue, printClassAd, stringValue } from '../condor/classad';
import { type Measurement, setUsage } from './usage-attributes';

/** A file for the sandbox. */
export interface AdFile {
  /** A plain name. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly text: string;
}

/**
 * Attributes that are keys to a claim or to somebody's files: ClassAdAttributeIsPrivateAny; and
 * those of older daemons, and of what a startd of 25.x tells its starter only.
 */
const SECRETS: ReadonlySet<string> = new Set([
  'capability',
  'childclaimids',
  'claimid',
  'claimidlist',
  'claimids',
  'pairedclaimid',
  'pairedclaimids',
  'splitclaimid',
  'transferkey',
]);

/** More secrets, by prefix. */
const SECRET_PREFIX = '_condor_priv';

/** HTCondor's mode of these files: everybody on the host may read them, if the sandbox lets them. */
const MODE = 0o644;

/** What the job's ad says, without what a job could use against its pool. */
export function jobAdFile(jobAd: ClassAd): AdFile {
  return { name: '.job.ad', mode: MODE, text: publicText(jobAd) };
}

/** What the slot's ad says, likewise. */
export function machineAdFile(machineAd: ClassAd): AdFile {
  return { name: '.machine.ad', mode: MODE, text: publicText(machineAd) };
}

/** What a startd changes the job's ad by, for one execution. */
export function overlayAdFile(overlay: ClassAd): AdFile {
  return { name: '.execution_overlay.ad', mode: MODE, text: publicText(overlay) };
}

/** How a running job stands. */
export interface JobProgress extends Measurement {
  readonly state: 'Running' | 'Suspended' | 'Exited';
  /** Now, in seconds since the epoch. */
  readonly time: number;
}

/**
 * The slot as it is now: its machine ad with what the job has used so far. Before the job runs
 * there is nothing to add.
 */
export function updateAdFile(machineAd: ClassAd, progress?: JobProgress): AdFile {
  const ad = machineAd.copy();
  if (progress !== undefined) {
    ad.set('JobState', stringValue(progress.state));
    ad.set('MyCurrentTime', integerValue(Math.floor(progress.time)));
    setUsage(ad, progress);
  }
  return { name: '.update.ad', mode: MODE, text: publicText(ad) };
}

function publicText(ad: ClassAd): string {
  const shown = ad.copy();
  for (const name of ad.names()) {
    const lower = name.toLowerCase();
    if (SECRETS.has(lower) || lower.startsWith(SECRET_PREFIX)) shown.delete(name);
  }
  return printClassAd(shown, 'old');
}
