/**
 * The first words with shadow and startd: which job, which slot, who we are, which keys.
 */
import type { ClassAd } from '../../condor/classad';
import { describeCallError } from '../../condor/shadow/describe-error';
import { starterInfo } from '../../condor/shadow/starter-info';
import type { CallError } from '../../condor/shadow/types';
import {
  type CondorVersion,
  installedVersion,
  parseCondorVersion,
  type ReportedVersion,
} from '../../condor/startd/condor-version';
import type { StartdLink } from '../../condor/startd/startd-link';
import { errnoText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import type { ShadowLink } from './shadow-link';
import { now, type PoolSite } from './site';

/** What was learned. */
export interface Greeting {
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
  /** What the job's ad is changed by for this execution; mostly empty. */
  readonly overlay: ClassAd;
  readonly version: ReportedVersion;
  /** The same, in numbers. */
  readonly peerVersion: CondorVersion | undefined;
}

/**
 * Asks for the job and the slot.
 *
 * @returns a sentence where the shadow or the startd is gone, or says nothing of use
 */
export async function askForJob(
  shadow: ShadowLink,
  startd: StartdLink,
): Promise<Result<Greeting, string>> {
  const [jobAd, slot] = await Promise.all([shadow.calls.getJobInfo(), startd.ads]);
  if (!jobAd.ok) return err(`Cannot get the job from its shadow: ${callTrouble(jobAd.error)}`);
  if (!slot.ok) return err(`Cannot get the slot's ad from the startd: ${slot.error.reason}`);
  const { machine, overlay } = slot.value;
  const version = installedVersion(machine);
  if (version === undefined) {
    return err('The machine ad of the startd has no CondorVersion and CondorPlatform to report');
  }
  const peerVersion = parseCondorVersion(version.version);
  return ok({ jobAd: jobAd.value, machineAd: machine, overlay, version, peerVersion });
}

/** Tells the shadow who we are and gets the keys. The order is the shadow's. */
export async function register(shadow: ShadowLink, info: ClassAd): Promise<Result<void, string>> {
  const registered = await shadow.calls.registerStarterInfo(info);
  if (!registered.ok) return err(`Cannot register: ${callTrouble(registered.error)}`);
  return askForSessions(shadow);
}

/** Gets the keys: also again from a shadow that reconnected. */
export async function askForSessions(shadow: ShadowLink): Promise<Result<void, string>> {
  const sessions = await shadow.calls.securitySessions();
  if (!sessions.ok) return err(`Cannot get security sessions: ${callTrouble(sessions.error)}`);
  shadow.sessions = sessions.value;
  return ok(undefined);
}

/** What a shadow is told of this starter. */
export function ownInfo(site: PoolSite, greeting: Greeting, scratchDirectory: string): ClassAd {
  const { config, host, ownAddress } = site;
  return starterInfo({
    machineAd: greeting.machineAd,
    jobAd: greeting.jobAd,
    uidDomain: config.string('UID_DOMAIN') ?? host.hostname,
    fileSystemDomain: config.string('FILESYSTEM_DOMAIN') ?? host.hostname,
    address: ownAddress,
    scratchDirectory,
    condorVersion: greeting.version.version,
    condorPlatform: greeting.version.platform,
    time: now(),
  });
}

/** Words for a call that came to nothing. */
export function callTrouble(error: CallError): string {
  return describeCallError(error, errnoText);
}
