/**
 * The control group of a job: its name, as HTCondor's starter has it, and what the job may use, from the
 * slot that the machine ad describes.
 *
 * Source: VanillaProc::StartJob of HTCondor's condor_starter for the name and the CPU weight; the
 * manual's BASE_CGROUP and CREATE_CGROUP_WITHOUT_ROOT.
 */
import type { KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { CgroupLimits, CgroupPlan } from './cgroup-plan';
import { hiddenDevices } from './hidden-devices';
import type { HostView } from './host';
import { knobError } from './knob-error';
import { readMemoryLimits } from './plan-memory';
import type { PlanMode } from './plan-input';
import { type AmountSource, readAmount } from './read-amount';

/** What a cgroup is planned from. */
export interface CgroupInput extends AmountSource {
  readonly mode: PlanMode;
  readonly host: Pick<HostView, 'gpus' | 'device'>;
  /** EXECUTE, absolute. */
  readonly executeDirectory: string;
  /** Follows the name where nobody sees to it that a slot has one job: by hand the starter's pid. */
  readonly suffix: number | string | undefined;
  readonly account: { readonly uid: number; readonly gid: number };
  /** CPUs that the job is bound to; undefined: all. */
  readonly cpus: readonly number[] | undefined;
  /** Whether the job sees its own cgroup as the root of all. */
  readonly isSeenAsRoot: boolean;
}

/** The weight of one core: cgroups of HTCondor's starters beside ours have it, too. */
const WEIGHT_OF_CORE = 100;

/** Plans the cgroup; undefined: the job has none. */
export function planCgroup(input: CgroupInput): Result<CgroupPlan | undefined, KnobError> {
  const { account, config, jobAd: my, machineAd: target, mode } = input;
  const base = readBase(input);
  if (!base.ok) return base;
  if (base.value === undefined) return ok(undefined);
  const withoutRoot = config.boolean('CREATE_CGROUP_WITHOUT_ROOT', { my, target });
  if (!withoutRoot.ok) return withoutRoot;
  if (mode === 'daemon' || (mode !== 'root' && !withoutRoot.value)) return ok(undefined);
  const limits = readLimits(input);
  if (!limits.ok) return limits;
  const { uid, gid } = account;
  // A starter that is not root runs its jobs with its own ids: there is nobody to give anything to.
  const owner = mode === 'root' ? { uid, gid } : undefined;
  return ok({
    base: base.value,
    name: nameOf(input),
    owner,
    limits: limits.value,
    isSeenAsRoot: input.isSeenAsRoot,
  });
}

function readBase({ config }: CgroupInput): Result<string | undefined, KnobError> {
  const parts = (config.string('BASE_CGROUP') ?? '').split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..' || /[^\x20-\x7e]/.test(part))) {
    return knobError(config, 'BASE_CGROUP', 'it must be a path below a hierarchy, without ".."');
  }
  return ok(parts.length === 0 ? undefined : parts.join('/'));
}

/** `condor_var_lib_condor_execute_slot1_1@worker7`: what a cgroup may not have in its name becomes `_`. */
function nameOf({ executeDirectory, machineAd, suffix }: CgroupInput): string {
  const slot = machineAd.string('Name') ?? 'slot1';
  const name = `condor${executeDirectory}_${slot}`.replace(/[/\n]/g, '_');
  return suffix === undefined ? name : `${name}_${suffix}`;
}

function readLimits(input: CgroupInput): Result<CgroupLimits, KnobError> {
  const memory = readMemoryLimits(input);
  if (!memory.ok) return memory;
  const cpuLimit = readAmount(input, 'CGROUP_CPU_LIMIT');
  if (!cpuLimit.ok) return cpuLimit;
  const pids = readAmount(input, 'CGROUP_PIDS_LIMIT', 1);
  if (!pids.ok) return pids;
  const ioWeight = readAmount(input, 'CGROUP_IO_WEIGHT', 1);
  if (!ioWeight.ok) return ioWeight;
  const hugePages = readAmount(input, 'CGROUP_HUGE_PAGES_LIMIT', 0);
  if (!hugePages.ok) return hugePages;
  const hidden = hiddenDevices(input);
  if (!hidden.ok) return hidden;
  const cores = input.machineAd.real('Cpus') ?? 1;
  return ok({
    cpuWeight: Math.round(cores * WEIGHT_OF_CORE),
    cpuLimit: cpuLimit.value,
    cpus: input.cpus,
    memory: memory.value,
    pids: pids.value === undefined ? undefined : Math.floor(pids.value),
    ioWeight: ioWeight.value,
    hugePages: hugePages.value === undefined ? undefined : hugePages.value * 2 ** 20,
    hiddenDevices: hidden.value,
  });
}
