/**
 * Who a starter is: the ad of the call `registerStarterInfo`, and of its answer to a shadow that
 * reconnects.
 *
 * Source: JICShadow::publishStarterInfo and registerStarterInfo of HTCondor's condor_starter,
 * CopyMachineResources and CopySelectAttrs of its condor_utils.
 */
import { adValue, ClassAd, integerValue, stringValue, TRUE } from '../classad';

/** What the ad is made of. */
export interface StarterFacts {
  readonly machineAd: ClassAd;
  /** Its `UserLogExecuteEventAttrs` names more of the machine ad, for the execute event. */
  readonly jobAd: ClassAd;
  readonly uidDomain: string;
  readonly fileSystemDomain: string;
  /** This starter's sinful string. */
  readonly address: string;
  /** The same address in the newer form; undefined: left out. */
  readonly addressV1?: string | undefined;
  /** The job's sandbox, absolute. */
  readonly scratchDirectory: string;
  /** `$CondorVersion: … $` and `$CondorPlatform: … $` of the HTCondor that is installed here. */
  readonly condorVersion: string;
  readonly condorPlatform: string;
  /** Seconds since the epoch. */
  readonly time: number;
}

/** Resources of a machine ad that does not name them. */
const DEFAULT_RESOURCES = 'Cpus, Disk, Memory';

/** The first series of HTCondor whose shadows take a whole machine ad. */
const SLOT_AD_SERIES = 25;

/** The ad. */
export function starterInfo(facts: StarterFacts): ClassAd {
  const { machineAd } = facts;
  const ad = new ClassAd()
    .set('Name', stringValue(machineAd.string('Name') ?? ''))
    .set('UidDomain', stringValue(facts.uidDomain))
    .set('FileSystemDomain', stringValue(facts.fileSystemDomain))
    .set('StarterIpAddr', stringValue(facts.address))
    .set('MyAddress', stringValue(facts.address))
    .set('CondorScratchDir', stringValue(facts.scratchDirectory))
    .set('CondorVersion', stringValue(facts.condorVersion))
    .set('CondorPlatform', stringValue(facts.condorPlatform))
    .set('MyCurrentTime', integerValue(Math.floor(facts.time)))
    .set('HasReconnect', TRUE);
  if (facts.addressV1 !== undefined) ad.set('AddressV1', stringValue(facts.addressV1));
  const machine = machineAd.string('Machine');
  if (machine !== undefined) ad.set('Machine', stringValue(machine));
  copyResources(ad, machineAd);
  copyExecuteEventAttributes(ad, facts);
  if (seriesOf(facts.condorVersion) >= SLOT_AD_SERIES) ad.set('SlotAd', adValue(machineAd));
  return ad;
}

/** How much of each resource the slot has. */
function copyResources(ad: ClassAd, machineAd: ClassAd): void {
  const named = machineAd.string('MachineResources');
  if (named !== undefined) ad.set('MachineResources', stringValue(named));
  for (const resource of words(named ?? DEFAULT_RESOURCES)) {
    copy(ad, machineAd, resource);
    // Properties of single devices: an ad for each, which HTCondor's ads have as names of their own.
    copy(ad, machineAd, `Available${resource}`);
    for (const device of devicesOf(machineAd, `Available${resource}`)) copy(ad, machineAd, device);
  }
}

/** The attributes that a list of devices, `{ GPUs_GPU_1234abcd }`, refers to. */
function devicesOf(machineAd: ClassAd, list: string): readonly string[] {
  const expression = machineAd.get(list);
  if (expression?.kind !== 'list') return [];
  return expression.items.flatMap((item) => (item.kind === 'attribute' ? [item.name] : []));
}

function copyExecuteEventAttributes(ad: ClassAd, { jobAd, machineAd }: StarterFacts): void {
  for (const name of words(jobAd.string('UserLogExecuteEventAttrs') ?? '')) {
    if (!ad.has(name)) copy(ad, machineAd, name);
  }
}

function copy(to: ClassAd, from: ClassAd, name: string): void {
  const expression = from.get(name);
  if (expression !== undefined) to.set(name, expression);
}

function words(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}

/** 25 of `$CondorVersion: 25.14.1 2026-10-16 … $`; 0 where it is no such text. */
function seriesOf(condorVersion: string): number {
  return Number(/^\$CondorVersion: (\d{1,4})\./.exec(condorVersion)?.[1] ?? 0);
}
