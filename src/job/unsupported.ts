/**
 * Attributes by which a job asks for what this starter does not have, as a table. Such a job is
 * refused: without what it asked for it would run, and do the wrong thing.
 *
 * A row has the places that it is about. A job by hand loses nothing without StreamOut and its kin
 * (its files are written in place), without WantIOProxy (HTCondor has no shadow to talk to there
 * either) and without the attributes of file transfer (it runs where its files are).
 *
 * Nearly every job has delayed updates by default; one that says that it wants them is refused.
 *
 * Source: the manual's appendix of job ClassAd attributes, and HTCondor's condor_starter.
 */
import { type AdReader, shown } from './ad-reader';

/** When an attribute asks for something: being true, being a text, or being there at all. */
type Asks = 'when true' | 'when not empty' | 'when present';

/**
 * Where a job would be without it: with every job, in a pool, in a pool where gLExec runs no jobs, in a
 * sandbox with its files.
 */
export type Place = 'anywhere' | 'pool' | 'pool without gLExec' | 'sandbox';

interface UnsupportedRow {
  readonly attribute: string;
  readonly asks: Asks;
  readonly what: string;
  /** Absent: anywhere. */
  readonly where?: Place;
}

const UNSUPPORTED: readonly UnsupportedRow[] = [
  { attribute: 'WantDocker', asks: 'when true', what: 'a docker container' },
  { attribute: 'DockerImage', asks: 'when not empty', what: 'a docker container' },
  { attribute: 'WantContainer', asks: 'when true', what: 'a container' },
  { attribute: 'ContainerImage', asks: 'when not empty', what: 'a container' },
  { attribute: 'ToolDaemonCmd', asks: 'when not empty', what: 'a tool daemon beside the job' },
  { attribute: 'SuspendJobAtExec', asks: 'when true', what: 'a job that is stopped at its start' },
  { attribute: 'DeferralTime', asks: 'when present', what: 'a start at a certain time' },
  { attribute: 'PreCmd', asks: 'when not empty', what: 'a script before the job' },
  { attribute: 'PostCmd', asks: 'when not empty', what: 'a script after the job' },
  { attribute: 'HookKeyword', asks: 'when not empty', what: 'job hooks' },
  { attribute: 'OAuthServicesNeeded', asks: 'when not empty', what: 'OAuth credentials' },
  { attribute: 'SendCredential', asks: 'when true', what: 'Kerberos credentials' },
  { attribute: 'EncryptExecuteDirectory', asks: 'when true', what: 'an encrypted sandbox' },
  { attribute: 'PrimaryUnixGroup', asks: 'when not empty', what: 'another primary group' },
  { attribute: 'UseParrot', asks: 'when true', what: 'Parrot' },
  { attribute: 'ManifestDesired', asks: 'when true', what: 'manifests of its files' },
  { attribute: 'ManifestDir', asks: 'when not empty', what: 'manifests of its files' },
  { attribute: 'SuccessCheckpointExitCode', asks: 'when present', what: 'checkpoints' },
  { attribute: 'SuccessCheckpointExitSignal', asks: 'when present', what: 'checkpoints' },
  { attribute: 'WantFTOnCheckpoint', asks: 'when true', what: 'checkpoints' },
  { attribute: 'WantCheckpointSignal', asks: 'when true', what: 'checkpoints' },
  { attribute: 'StreamIn', asks: 'when true', what: 'input as it is written', where: 'pool' },
  { attribute: 'StreamOut', asks: 'when true', what: 'output as it is written', where: 'pool' },
  { attribute: 'StreamErr', asks: 'when true', what: 'output as it is written', where: 'pool' },
  { attribute: 'WantIOProxy', asks: 'when true', what: 'Chirp', where: 'pool' },
  { attribute: 'WantRemoteUpdates', asks: 'when true', what: 'Chirp', where: 'pool' },
  { attribute: 'WantDelayedUpdates', asks: 'when true', what: 'Chirp', where: 'pool' },
  // It arrives, but nobody would renew it while the job runs, or end the job before the proxy ends.
  {
    attribute: 'x509userproxy',
    asks: 'when not empty',
    what: 'an X.509 proxy',
    where: 'pool without gLExec',
  },
  { attribute: 'JobStarterLog', asks: 'when not empty', what: "a starter's log", where: 'pool' },
  {
    attribute: 'TransferPlugins',
    asks: 'when not empty',
    what: 'transfer plug-ins of its own',
    where: 'sandbox',
  },
  {
    attribute: 'OutputDestination',
    asks: 'when not empty',
    what: 'output that goes to a URL',
    where: 'sandbox',
  },
];

/**
 * A sentence that names the first attribute that asks for what is not there; undefined: the job
 * asks for nothing of that kind. Wrong types are the reader's complaints.
 *
 * @param places all that hold for the job.
 */
export function unsupportedRequest(reader: AdReader, places: readonly Place[]): string | undefined {
  const row = UNSUPPORTED.find(
    ({ where = 'anywhere', ...candidate }) => places.includes(where) && isAsking(candidate, reader),
  );
  const value = row && reader.value(row.attribute);
  return (
    value &&
    `${row.attribute} = ${shown(value)} asks for ${row.what}, which this starter does not have; ` +
      'take it out of the job ad, or run the job with a starter that has it'
  );
}

function isAsking({ attribute, asks }: UnsupportedRow, reader: AdReader): boolean {
  switch (asks) {
    case 'when true':
      return reader.boolean(attribute) === true;
    case 'when not empty':
      return reader.text(attribute) !== undefined;
    case 'when present':
      return reader.value(attribute) !== undefined;
  }
}
