/**
 * The GPUs that NVIDIA's driver tells of: a directory for each below /proc/driver/nvidia/gpus, with a
 * file `information` of lines like
 *
 * ```
 *   GPU UUID:        GPU-0c5b1d7e-…
 *   Device Minor:    0
 * ```
 *
 * Source: NVIDIA's README of the driver, "The /proc file system interface"; HTCondor reads the same.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { NamedDevice } from '../../job/cgroup-plan';

/** What the driver calls its devices in /proc/devices: `nvidia` from 550 on, with another name before. */
const DRIVERS = ['nvidia', 'nvidia-frontend'];

/** The GPUs, by minor number; none where there is no such driver. */
export function nvidiaGpus(proc = '/proc'): readonly NamedDevice[] {
  const major = majorOf(read(path.join(proc, 'devices')) ?? '');
  if (major === undefined) return [];
  const directory = path.join(proc, 'driver/nvidia/gpus');
  return list(directory)
    .flatMap((name) => gpuOf(read(path.join(directory, name, 'information')) ?? '', major))
    .sort((one, other) => one.minor - other.minor);
}

/** The number of a driver among `Character devices:`, the first part of the file. */
function majorOf(devices: string): number | undefined {
  const [characters = ''] = devices.split(/^Block devices:/m);
  for (const [, major, driver = ''] of characters.matchAll(/^ *(\d+) (\S+)$/gm)) {
    if (DRIVERS.includes(driver)) return Number(major);
  }
  return undefined;
}

function gpuOf(information: string, major: number): readonly NamedDevice[] {
  const name = /^GPU UUID:\s*(\S+)\s*$/m.exec(information)?.[1];
  const minor = /^Device Minor:\s*(\d+)\s*$/m.exec(information)?.[1];
  return name === undefined || minor === undefined ? [] : [{ name, major, minor: Number(minor) }];
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

function list(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
