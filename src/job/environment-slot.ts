/**
 * What a job's environment says about its slot: which instances of a resource are its own, and how
 * many threads are right.
 *
 * Source: Starter::PublishToEnv of HTCondor's condor_starter; the manual's MachineResources,
 * ENVIRONMENT_FOR_Assigned<name>, ENVIRONMENT_VALUE_FOR_UnAssigned<name>,
 * AUTO_SET_NVIDIA_VISIBLE_DEVICES and STARTER_NUM_THREADS_ENV_VARS.
 */
import { type ClassAd, evaluate, parseExpression } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import { resourceEnvironment } from './environment-resources';
import type { Environment } from './environment-syntax';
import { knobError } from './knob-error';

/** Variables about the slot's assigned resources, by the machine ad. */
export function assignedResources(
  machineAd: ClassAd,
  config: Config,
): Result<Map<string, string>, KnobError> {
  const resources = words(machineAd.string('MachineResources') ?? '');
  const variables = new Map<string, string>();
  for (const resource of resources) {
    const own = assignedResource(resource, machineAd, config);
    if (!own.ok) return own;
    for (const [name, value] of own.value) variables.set(name, value);
  }
  if (!resources.some((resource) => resource.toLowerCase() === 'gpus')) return ok(variables);
  const automatic = config.boolean('AUTO_SET_NVIDIA_VISIBLE_DEVICES');
  if (!automatic.ok) return automatic;
  if (automatic.value) {
    for (const [name, value] of visibleGpus(machineAd)) variables.set(name, value);
  }
  return ok(variables);
}

/**
 * One resource. What is assigned is always told; where nothing is, only if a knob has variables
 * for the resource: programs take an unset CUDA_VISIBLE_DEVICES for permission to use all GPUs.
 */
function assignedResource(
  resource: string,
  machineAd: ClassAd,
  config: Config,
): Result<Map<string, string>, KnobError> {
  const attribute = `Assigned${resource}`;
  const assigned = machineAd.string(attribute);
  const knob = config.string(`ENVIRONMENT_FOR_Assigned${resource}`);
  if (assigned === undefined && (knob === undefined || !machineAd.has(resource))) {
    return ok(new Map());
  }
  const value = assigned ?? config.string(`ENVIRONMENT_VALUE_FOR_UnAssigned${resource}`) ?? '';
  const variables = resourceEnvironment(knob ?? '', value);
  if (!variables.ok) {
    return knobError(config, `ENVIRONMENT_FOR_Assigned${resource}`, variables.error);
  }
  return ok(variables.value.set(`_CONDOR_${attribute}`, value));
}

/** Devices of the slot's GPUs by their UUIDs, as the NVIDIA container tools and CUDA want them. */
const UUIDS = 'join(",", evalInEachContext(strcat("GPU-", DeviceUuid), AvailableGPUs))';

/** A MIG device's UUID says itself what it is. */
const MIG_UUIDS = 'join(",", evalInEachContext(DeviceUuid, AvailableGPUs))';

function visibleGpus(machineAd: ClassAd): readonly (readonly [string, string])[] {
  const first = evaluatedText('AvailableGPUs[0].id', machineAd);
  const devices = evaluatedText(first.startsWith('MIG-') ? MIG_UUIDS : UUIDS, machineAd);
  return devices === ''
    ? [['NVIDIA_VISIBLE_DEVICES', 'none']]
    : [
        ['NVIDIA_VISIBLE_DEVICES', devices],
        ['CUDA_VISIBLE_DEVICES', devices],
      ];
}

/** The string that an expression gives in an ad; empty where it gives none. */
function evaluatedText(expression: string, machineAd: ClassAd): string {
  const parsed = parseExpression(expression);
  if (!parsed.ok) throw new Error(`${expression}: ${parsed.error.message}`);
  const value = evaluate(parsed.value, { my: machineAd });
  return value.type === 'string' ? value.value : '';
}

/**
 * Variables that tell libraries how many threads to start: as many as the slot has CPUs. One that
 * the job has set to something is the job's.
 */
export function threadCounts(
  machineAd: ClassAd,
  config: Config,
  job: Environment,
): Result<Map<string, string>, KnobError> {
  const cpus = machineAd.integer('Cpus') ?? 0;
  const names = config.list('STARTER_NUM_THREADS_ENV_VARS');
  if (!names.ok) return names;
  const unset = cpus > 0 ? names.value.filter((name) => !job.get(name)) : [];
  return ok(new Map(unset.map((name) => [name, `${cpus}`])));
}

function words(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}
