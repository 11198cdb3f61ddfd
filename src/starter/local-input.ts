/**
 * What a job by hand is made of, read: the configuration, the job's ad, the slot's ad, the host.
 */
import { type ClassAd, stringValue } from '../condor/classad';
import { type Config, readHandConfig } from '../condor/config';
import { type GlexecSettings, readGlexec } from '../job/glexec-mode';
import type { HostView } from '../job/host';
import { defaultMachineAd, slotFor } from '../job/machine-ad';
import type { StreamOverrides } from '../job/streams';
import { installPrefix } from '../kernel/native-files';
import { err, ok, type Result } from '../result';
import { EVALUATION_HOST } from './evaluation-host';
import { openHostView } from './host-view';
import { adFailure, type LocalFailure, siteFailure } from './local-failure';
import { machineFacts } from './machine-facts';
import { readAd } from './read-ad';

/** What a job by hand is started with. */
export interface LocalOptions {
  readonly configFile: string | undefined;
  /** Knobs set on the command line, in the order given. */
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly localName?: string | undefined;
  /** A directory in place of the knob EXECUTE, absolute; taken as it is, where a knob has macros. */
  readonly executeDirectory?: string | undefined;
  /** A path, or `-` for standard input. */
  readonly jobAd: string;
  /** Likewise; undefined: the slot is what the job asks for, or the whole host. */
  readonly machineAd: string | undefined;
  /** The slot's name, over the machine ad's: `slot1_2`. */
  readonly slot?: string | undefined;
  /** They win over ClusterId and ProcId. */
  readonly cluster?: number | undefined;
  readonly proc?: number | undefined;
  readonly streams?: StreamOverrides;
  /** Where Out and Err go that the ad does not name. */
  readonly missingOutput: 'inherit' | 'null';
  /** Where the result ad goes, if to a file. */
  readonly outputAd: string | undefined;
}

/** All that was read. */
export interface LocalInput {
  readonly options: LocalOptions;
  readonly config: Config;
  readonly host: HostView;
  /** Undefined: gLExec runs no jobs here. */
  readonly glexec: GlexecSettings | undefined;
  /** EXECUTE, absolute. */
  readonly executeDirectory: string;
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
}

/** The part that comes before the ads: enough to open the log. */
export type LocalSite = Pick<LocalInput, 'config' | 'host' | 'glexec' | 'executeDirectory'>;

/** Looks at the host and reads the configuration. */
export function readSite(options: LocalOptions): Result<LocalSite, LocalFailure> {
  const host = openHostView();
  if (!host.ok) return err(siteFailure(host.error));
  const config = readHandConfig({
    file: options.configFile,
    overrides: options.set,
    environment: process.env,
    prefix: installPrefix(),
    fullHostname: host.value.hostname,
    localName: options.localName,
    host: EVALUATION_HOST,
  });
  if (!config.ok) return err(siteFailure(...config.error.map(({ message }) => message)));
  const glexec = readGlexec(config.value, host.value);
  if (!glexec.ok) return err(siteFailure(glexec.error.message));
  const given = options.executeDirectory;
  const execute = given === undefined ? config.value.path('EXECUTE') : ok(given);
  if (!execute.ok) return err(siteFailure(execute.error.message));
  if (execute.value === undefined) {
    return err(siteFailure('The knob EXECUTE is empty; name a directory for the sandboxes'));
  }
  return ok({
    config: config.value,
    host: host.value,
    glexec: glexec.value,
    executeDirectory: execute.value,
  });
}

/** Reads the ads. */
export function readAds(site: LocalSite, options: LocalOptions): Result<LocalInput, LocalFailure> {
  const jobAd = readAd(options.jobAd);
  if (!jobAd.ok) return err(adFailure(jobAd.error));
  const machineAd =
    options.machineAd === undefined
      ? ok(slotFor(jobAd.value, wholeHost(site)))
      : readAd(options.machineAd);
  if (!machineAd.ok) return err(adFailure(machineAd.error));
  return ok({
    ...site,
    options,
    jobAd: jobAd.value,
    machineAd: nameSlot(machineAd.value, options.slot, site.host.hostname),
  });
}

function wholeHost({ config, executeDirectory, host }: LocalSite): ClassAd {
  return defaultMachineAd(machineFacts(host, config, executeDirectory));
}

/** The machine ad, of the slot with this name. */
function nameSlot(machineAd: ClassAd, slot: string | undefined, hostname: string): ClassAd {
  return slot === undefined
    ? machineAd
    : machineAd.copy().set('Name', stringValue(`${slot}@${hostname}`));
}
