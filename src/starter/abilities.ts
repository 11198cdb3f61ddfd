/**
 * What this starter can do, as the startd learns it from `condor_starter -classad`. Names are those
 * of HTCondor's own starter (printClassAd of condor_starter.V6.1). The startd copies attributes
 * that begin with `Has` into the slot ad, and jobs are matched by them: what is not true here
 * would send jobs to a starter that cannot run them.
 */

/** One ability of HTCondor's starters. */
export interface Ability {
  readonly attribute: string;
  /** Whether we have it; printed as `True`, or not at all. */
  readonly offered: boolean;
  /** Why it is true, or what is lacking. */
  readonly reason: string;
}

export const ABILITIES: readonly Ability[] = [
  {
    attribute: 'HasJICLocalStdin',
    offered: true,
    reason: 'a job ad is read from standard input with -job-input-ad -',
  },
  {
    attribute: 'HasJICLocalConfig',
    offered: false,
    reason: 'knobs named by -job-keyword are not read',
  },
  {
    attribute: 'HasOsUser',
    offered: true,
    reason: "the account is taken from the ad's OsUser before its Owner",
  },
  {
    attribute: 'HasJobNetworking',
    offered: true,
    reason: "a job is never cut off from the host's network",
  },
  {
    attribute: 'HasFileTransfer',
    offered: false,
    reason: 'files are not transferred yet: a job needs a file system that it shares with the host',
  },
  {
    attribute: 'HasJobTransferPlugins',
    offered: false,
    reason: 'belongs to file transfer',
  },
  {
    attribute: 'HasPerFileEncryption',
    offered: false,
    reason: 'belongs to file transfer',
  },
  {
    attribute: 'HasTransferInputRemaps',
    offered: false,
    reason: 'belongs to file transfer',
  },
  {
    attribute: 'HasSelfCheckpointTransfers',
    offered: false,
    reason: 'belongs to file transfer',
  },
  {
    attribute: 'HasCommonFilesTransfer',
    offered: false,
    reason: 'belongs to file transfer',
  },
  {
    attribute: 'HasReconnect',
    offered: false,
    reason: 'jobs of a shadow are not run yet',
  },
  {
    attribute: 'HasTDP',
    offered: false,
    reason: 'no tool daemon is started beside a job',
  },
  {
    attribute: 'HasJobDeferral',
    offered: false,
    reason: 'DeferralTime is not waited for',
  },
  {
    attribute: 'HasSshd',
    offered: false,
    reason: 'condor_ssh_to_job is not answered',
  },
  {
    attribute: 'HasVM',
    offered: false,
    reason: 'jobs of the vm universe are not run',
  },
];

/**
 * The lines that `condor_starter -classad` prints, `Attribute = Value`, each with its line break.
 * The startd reads lines of less than 1,024 bytes and takes no line at all for no starter.
 *
 * @param version Eyrie's version
 */
export function abilitiesAd(version: string): string {
  const offered = ABILITIES.filter((ability) => ability.offered);
  const lines = [`EyrieVersion = "${version}"`, ...offered.map((a) => `${a.attribute} = True`)];
  return lines.map((line) => `${line}\n`).join('');
}
