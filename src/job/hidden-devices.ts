/**
 * Which of the machine's GPUs a job cannot open: those that its slot does not have.
 *
 * Source: the manual's STARTER_HIDE_GPU_DEVICES; nvidia_env_var_to_exclude_list() of HTCondor.
 */
import { type ClassAd, evaluate, parseExpression } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { NamedDevice } from './cgroup-plan';
import type { HostView } from './host';
import { knobError } from './knob-error';

/** What it is decided by. */
export interface HiddenDevicesInput {
  readonly config: Config;
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
  readonly host: Pick<HostView, 'gpus' | 'device'>;
}

/** Finds them; none where the site wants none hidden, or a GPU of the slot is not among the machine's. */
export function hiddenDevices(
  input: HiddenDevicesInput,
): Result<readonly NamedDevice[], KnobError> {
  const { config, jobAd, machineAd } = input;
  const wanted = config.boolean('STARTER_HIDE_GPU_DEVICES', { my: jobAd, target: machineAd });
  if (!wanted.ok) return wanted;
  if (!wanted.value) return ok([]);
  const devices = gpuDevices(input);
  if (!devices.ok) return devices;
  const assigned = assignedGpus(machineAd);
  const isAssigned = ({ name }: NamedDevice) => assigned.some((id) => isNamed(name, id));
  // Whoever cannot tell which are the job's had better not take one of them away.
  const areKnown = assigned.every((id) => devices.value.some(({ name }) => isNamed(name, id)));
  return ok(areKnown ? devices.value.filter((device) => !isAssigned(device)) : []);
}

/** The site's own list, or what the driver tells. */
function gpuDevices({
  config,
  host,
}: HiddenDevicesInput): Result<readonly NamedDevice[], KnobError> {
  const list = config.list('STARTER_GPU_DEVICES');
  if (!list.ok) return list;
  if (list.value.length === 0) return ok(host.gpus);
  const devices: NamedDevice[] = [];
  for (const entry of list.value) {
    const [, name, node] = /^([^=]+)=(\/.*)$/.exec(entry) ?? [];
    if (name === undefined || node === undefined) {
      return knobError(config, 'STARTER_GPU_DEVICES', `${entry} is not of the form ID=/dev/NODE`);
    }
    const device = host.device(node);
    if (device === undefined) {
      return knobError(config, 'STARTER_GPU_DEVICES', `${node} is no character device`);
    }
    devices.push({ name, ...device });
  }
  return ok(devices);
}

/** Whole UUIDs, where the startd has found them out. */
const UUIDS = 'join(",", evalInEachContext(strcat("GPU-", DeviceUuid), AvailableGPUs))';

/** The slot's GPUs: by their UUIDs, or else by the ids that they are assigned by. */
function assignedGpus(machineAd: ClassAd): readonly string[] {
  const parsed = parseExpression(UUIDS);
  if (!parsed.ok) throw new Error(`${UUIDS}: ${parsed.error.message}`);
  const value = evaluate(parsed.value, { my: machineAd });
  const uuids = value.type === 'string' ? words(value.value) : [];
  return uuids.length > 0 ? uuids : words(machineAd.string('AssignedGPUs') ?? '');
}

/** condor_gpu_discovery(1) shortens UUIDs to their first part. */
function isNamed(name: string, id: string): boolean {
  return name === id || name.startsWith(`${id}-`);
}

function words(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}
