/**
 * MOUNT_PRIVATE_DEV_SHM: shared memory of the job's own. POSIX shared memory and semaphores are files
 * in /dev/shm (shm_overview(7)); jobs of one account could open each other's.
 */
import type { Step } from '../plan';
import type { Placement } from './placements';

/** A tmpfs as /dev/shm is one, without a size limit but the kernel's, as HTCondor mounts it. */
export function mountShm(target: string): Step {
  return { op: 'tmpfs', target, flags: ['nosuid', 'nodev'], options: 'mode=1777' };
}

/** @param at /dev/shm, canonical */
export function placeShm(at: string): Placement {
  return { at, startsEmpty: true, steps: [mountShm(at)] };
}
