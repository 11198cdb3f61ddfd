/**
 * The machine ad of a host that no startd describes: what a job by hand, and the expressions of the
 * configuration, are told of the slot that they run in. The slot is the whole host.
 *
 * Source: the manual's appendix of machine ClassAd attributes; sysapi_translate_arch of HTCondor's
 * condor_sysapi for Arch.
 */
import { ClassAd, integerValue, stringValue } from '../condor/classad';

/** The host, in numbers. */
export interface MachineFacts {
  /** Name of host and domain. */
  readonly hostname: string;
  /** Processors that the starter may run on. */
  readonly cpus: number;
  /** Memory, MiB. */
  readonly memory: number;
  /** Free space where sandboxes are, KiB. */
  readonly disk: number;
  /** The machine, as uname(2) has it: `x86_64`. */
  readonly machine: string;
  readonly uidDomain: string;
  readonly fileSystemDomain: string;
}

/** HTCondor's names of machines that uname(2) calls otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'X86_64',
  i386: 'INTEL',
  i486: 'INTEL',
  i586: 'INTEL',
  i686: 'INTEL',
  ppc: 'PPC',
  ppc64: 'PPC64',
};

/** The only slot of a host without a startd. */
const ONLY_SLOT = 'slot1';

/** The machine ad of a whole host as one slot. */
export function defaultMachineAd(facts: MachineFacts): ClassAd {
  return new ClassAd()
    .set('MyType', stringValue('Machine'))
    .set('Name', stringValue(`${ONLY_SLOT}@${facts.hostname}`))
    .set('Machine', stringValue(facts.hostname))
    .set('SlotID', integerValue(1))
    .set('SlotType', stringValue('Static'))
    .set('MachineResources', stringValue('Cpus Memory Disk'))
    .set('Cpus', integerValue(facts.cpus))
    .set('TotalCpus', integerValue(facts.cpus))
    .set('Memory', integerValue(Math.floor(facts.memory)))
    .set('TotalMemory', integerValue(Math.floor(facts.memory)))
    .set('Disk', integerValue(Math.floor(facts.disk)))
    .set('TotalDisk', integerValue(Math.floor(facts.disk)))
    .set('Arch', stringValue(ARCHITECTURES[facts.machine] ?? facts.machine))
    .set('OpSys', stringValue('LINUX'))
    .set('UidDomain', stringValue(facts.uidDomain))
    .set('FileSystemDomain', stringValue(facts.fileSystemDomain))
    .set('State', stringValue('Claimed'))
    .set('Activity', stringValue('Busy'));
}

/**
 * The machine ad of a slot that is made for one job, of a host that no startd describes: what the job asks
 * for (RequestCpus, RequestMemory) is what it gets.
 */
export function slotFor(jobAd: ClassAd, machineAd: ClassAd): ClassAd {
  const slot = machineAd.copy();
  for (const resource of ['Cpus', 'Memory']) {
    const wanted = jobAd.integer(`Request${resource}`, { target: machineAd });
    if (wanted !== undefined && wanted > 0) slot.set(resource, integerValue(wanted));
  }
  return slot;
}

/** The slot that a machine ad is of, without its host: `slot1_2` of `slot1_2@worker7`. */
export function slotNameOf(machineAd: ClassAd): string {
  return machineAd.string('Name')?.split('@', 1)[0] || ONLY_SLOT;
}
