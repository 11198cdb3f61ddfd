/**
 * Hiding devices from a job in version 2, which has no devices controller: a BPF program that is
 * attached to the cgroup says which may be opened. The job cannot take it away, and it goes with the
 * cgroup.
 *
 * Source: cgroup-v2.rst, "Device controller".
 */
import fs from 'node:fs';
import type { NamedDevice } from '../../job/cgroup-plan';
import { denyDevices } from '../border';
import { errnoText } from '../errno';

/**
 * Hides devices from all in a cgroup.
 *
 * @returns sentences: why they are not hidden
 */
export function hideDevices(
  directory: string,
  devices: readonly NamedDevice[] = [],
): readonly string[] {
  if (devices.length === 0) return [];
  const errno = deny(directory, devices);
  const names = devices.map(({ name }) => name).join(', ');
  return errno === 0 ? [] : [`no hiding of ${names}: bpf(2): ${errnoText(errno)}`];
}

function deny(directory: string, devices: readonly NamedDevice[]): number {
  const cgroup = fs.openSync(directory, 'r');
  try {
    return -denyDevices(cgroup, devices);
  } finally {
    fs.closeSync(cgroup);
  }
}
