/**
 * This host in numbers, for the machine ad of a job by hand.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '../condor/config';
import type { HostView } from '../job/host';
import type { MachineFacts } from '../job/machine-ad';

/** @param executeDirectory where sandboxes are, or will be: its free space is the slot's disk. */
export function machineFacts(
  host: HostView,
  config: Config,
  executeDirectory: string,
): MachineFacts {
  return {
    hostname: host.hostname,
    cpus: os.availableParallelism(),
    memory: os.totalmem() / 2 ** 20,
    disk: freeSpace(executeDirectory),
    machine: os.machine(),
    uidDomain: config.string('UID_DOMAIN') ?? host.hostname,
    fileSystemDomain: config.string('FILESYSTEM_DOMAIN') ?? host.hostname,
  };
}

/** KiB that an ordinary user may still fill on the file system of the nearest directory. */
function freeSpace(directory: string): number {
  try {
    const { bavail, bsize } = fs.statfsSync(directory);
    return (bavail * bsize) / 1024;
  } catch {
    const parent = path.dirname(directory);
    return parent === directory ? 0 : freeSpace(parent);
  }
}
