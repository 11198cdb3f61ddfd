/**
 * The parts of a job's cgroup in version 2. Its eyrie-init is the process by which a job is known to
 * others, but it is apart: the job is beside it.
 */
import type { CgroupMembership } from '../proc/cgroups';

/** Where eyrie-init is. */
export const INIT_PART = 'init';

/** Where the job is. */
export const JOB_PART = 'job';

/** job/plan-cgroup.ts gives the name before. */
const OF_INIT = new RegExp(`^(.*/condor[^/]*)/${INIT_PART}$`);

/** A job's whole cgroup, by the path of its init's part; undefined: it is none of ours. */
export function wholeOf(ofInit: string): string | undefined {
  return OF_INIT.exec(ofInit)?.[1];
}

/** Where the job of an eyrie-init is, by where that is; without a cgroup of ours in the same place. */
export function membershipOfJob<T extends CgroupMembership>(ofInit: T): T {
  const whole = ofInit.version === 2 ? wholeOf(ofInit.path) : undefined;
  return whole === undefined ? ofInit : { ...ofInit, path: `${whole}/${JOB_PART}` };
}
