/**
 * From knobs to the isolation policy of one job: every expression evaluated, every value checked.
 */
import type { ClassAd, Scope } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { IsolationPolicy } from './isolation-policy';
import {
  readAddressSpace,
  readCpus,
  readNamedChroots,
  readNiceIncrement,
  readPaths,
} from './policy-values';

/** What a policy is read from. */
export interface PolicySource {
  readonly config: Config;
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
  /** Name of the slot that the job runs in, without its host: `slot1_2`. */
  readonly slotName: string;
  /** The CPUs that a startd has chosen for the job: STARTD_ASSIGNED_AFFINITY; undefined: none. */
  readonly assignedCpus?: string | undefined;
  /** The stored images, name to directory; a NAMED_CHROOT entry of the same name wins. */
  readonly images: ReadonlyMap<string, string>;
}

/** Reads the policy; an error names the knob, its value and where it was set. */
export function readPolicy(source: PolicySource): Result<IsolationPolicy, KnobError> {
  // As HTCondor's starter evaluates MOUNT_UNDER_SCRATCH: in the job ad, the machine's beside it.
  const scope: Scope = { my: source.jobAd, target: source.machineAd };
  const switches = readSwitches(source.config, scope);
  if (!switches.ok) return switches;
  const places = readPlaces(source, scope);
  if (!places.ok) return places;
  const limits = readLimits(source, scope);
  if (!limits.ok) return limits;
  const wrapper = source.config.path('USER_JOB_WRAPPER');
  if (!wrapper.ok) return wrapper;
  return ok({
    ...switches.value,
    ...places.value,
    ...limits.value,
    wrapper: wrapper.value,
  });
}

type Switches = Pick<
  IsolationPolicy,
  'pidNamespace' | 'cgroupNamespace' | 'privateDevShm' | 'noNewPrivs'
>;

function readSwitches(config: Config, scope: Scope): Result<Switches, KnobError> {
  const pidNamespace = config.boolean('USE_PID_NAMESPACES', scope);
  if (!pidNamespace.ok) return pidNamespace;
  const cgroupNamespace = config.boolean('USE_CGROUP_NAMESPACES', scope);
  if (!cgroupNamespace.ok) return cgroupNamespace;
  const privateDevShm = config.boolean('MOUNT_PRIVATE_DEV_SHM', scope);
  if (!privateDevShm.ok) return privateDevShm;
  const noNewPrivs = config.boolean('NO_NEW_PRIVS', scope);
  if (!noNewPrivs.ok) return noNewPrivs;
  return ok({
    pidNamespace: pidNamespace.value,
    cgroupNamespace: cgroupNamespace.value,
    privateDevShm: privateDevShm.value,
    noNewPrivs: noNewPrivs.value,
  });
}

type Places = Pick<IsolationPolicy, 'mountUnderScratch' | 'readOnly' | 'hidden' | 'namedChroots'>;

function readPlaces({ config, images }: PolicySource, scope: Scope): Result<Places, KnobError> {
  const mountUnderScratch = readPaths(config, 'MOUNT_UNDER_SCRATCH', scope);
  if (!mountUnderScratch.ok) return mountUnderScratch;
  const readOnly = readPaths(config, 'MOUNT_READ_ONLY', scope);
  if (!readOnly.ok) return readOnly;
  const hidden = readPaths(config, 'HIDE_PATHS', scope);
  if (!hidden.ok) return hidden;
  const chroots = readNamedChroots(config);
  if (!chroots.ok) return chroots;
  return ok({
    mountUnderScratch: mountUnderScratch.value,
    readOnly: readOnly.value,
    hidden: hidden.value,
    namedChroots: new Map([...images, ...chroots.value]),
  });
}

type Limits = Pick<IsolationPolicy, 'addressSpace' | 'niceIncrement' | 'cpus' | 'notes'>;

function readLimits(source: PolicySource, scope: Scope): Result<Limits, KnobError> {
  const addressSpace = readAddressSpace(source.config, source);
  if (!addressSpace.ok) return addressSpace;
  const nice = readNiceIncrement(source.config, source);
  if (!nice.ok) return nice;
  const cpus = readCpus(source, scope);
  if (!cpus.ok) return cpus;
  return ok({
    addressSpace: addressSpace.value,
    niceIncrement: nice.value.increment,
    cpus: cpus.value,
    notes: nice.value.notes,
  });
}
