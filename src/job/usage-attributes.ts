/**
 * What a job has used so far, under HTCondor's names: the part that a result and the updates while
 * the job runs have in common.
 *
 * Source: UserProc and VanillaProc::PublishUpdateAd of HTCondor's condor_starter; units as in the
 * manual's appendix of job ClassAd attributes.
 */
import { type ClassAd, integerValue, realValue } from '../condor/classad';
import type { JobUsage, Pressure, SandboxUsage } from './result';

/** A measurement of a job. What is undefined was not measured. */
export interface Measurement {
  /** Process id of the job's main process, as the host sees it. */
  readonly pid: number | undefined;
  /** The job's first instruction, in seconds since the epoch. */
  readonly started: number | undefined;
  readonly usage: JobUsage | undefined;
  readonly sandbox: SandboxUsage | undefined;
}

/** Sets the attributes of what was measured, and no others. */
export function setUsage(ad: ClassAd, { pid, started, usage, sandbox }: Measurement): void {
  if (pid !== undefined) ad.set('JobPid', integerValue(pid));
  if (started !== undefined) ad.set('JobStartDate', integerValue(Math.floor(started)));
  if (usage !== undefined) setResources(ad, usage);
  if (sandbox !== undefined) {
    ad.set('DiskUsage', integerValue(Math.ceil(sandbox.size)));
    ad.set('ScratchDirFileCount', integerValue(sandbox.entries));
  }
}

function setResources(ad: ClassAd, usage: JobUsage): void {
  ad.set('RemoteUserCpu', realValue(usage.userCpu));
  ad.set('RemoteSysCpu', realValue(usage.systemCpu));
  ad.set('ResidentSetSize', integerValue(Math.ceil(usage.maxResident)));
  ad.set('MemoryUsage', integerValue(Math.ceil(usage.maxResident / 1024)));
  const optional = {
    ImageSize: usage.imageSize,
    ProportionalSetSizeKb: usage.proportional,
    BlockReads: usage.blockReads,
    BlockWrites: usage.blockWrites,
    BlockReadKbytes: usage.blockReadBytes && usage.blockReadBytes / 1024,
    BlockWriteKbytes: usage.blockWriteBytes && usage.blockWriteBytes / 1024,
  };
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) ad.set(name, integerValue(Math.ceil(value)));
  }
  if (usage.pressure !== undefined) setPressure(ad, usage.pressure);
}

/** HTCondor has no names for them. */
function setPressure(ad: ClassAd, { cpu, io, memory }: Pressure): void {
  if (cpu !== undefined) ad.set('CpuStallTime', realValue(cpu));
  if (memory !== undefined) ad.set('MemoryStallTime', realValue(memory));
  if (io !== undefined) ad.set('IoStallTime', realValue(io));
}
