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
    offered: true,
    reason: 'files come from the shadow and go back to it',
  },
  {
    attribute: 'HasJobTransferPlugins',
    offered: false,
    reason: 'programs that a job brings to transfer files of URLs are not run',
  },
  {
    attribute: 'HasFileTransferPluginMethods',
    offered: false,
    reason: 'files of URLs are not fetched: the programs in FILETRANSFER_PLUGINS are not asked',
  },
  {
    attribute: 'HasPerFileEncryption',
    offered: true,
    reason: 'every file is encrypted, whether the job asks for it or not: connections use AES',
  },
  {
    attribute: 'HasTransferInputRemaps',
    offered: true,
    reason: 'input files arrive under the names of TransferInputRemaps',
  },
  {
    attribute: 'HasSelfCheckpointTransfers',
    offered: false,
    reason: 'a job that exits with SuccessCheckpointExitCode has ended',
  },
  {
    attribute: 'HasCommonFilesTransfer',
    offered: false,
    reason: 'files that several jobs share are transferred for each job',
  },
  {
    attribute: 'HasReconnect',
    offered: true,
    reason: 'a job lives on without its shadow for as long as its lease, and a new shadow finds it',
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
