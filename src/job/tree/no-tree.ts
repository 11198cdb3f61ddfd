/**
 * The job's tree of files where it is the host's own, untouched: a starter without root in a pool
 * whose site wants no user namespaces. HTCondor's starter then leaves the isolation out; so does
 * this one, and says so. A root directory that the job itself asks for is no matter of the site's.
 */
import { err, ok, type Result } from '../../result';
import type { JobFault } from '../faults';
import type { IsolationPolicy } from '../isolation-policy';
import type { PlanInput } from '../plan-input';
import type { TreeSteps } from './host-tree';

/** No steps; a fault where the job asks for a chroot. */
export function planNoTree({ policy, spec }: PlanInput): Result<TreeSteps, JobFault> {
  if (spec.requestedChroot !== undefined) {
    return err({
      cause: 'cannotCreateProcess',
      subcode: 0,
      reason:
        `RequestedChroot = ${JSON.stringify(spec.requestedChroot)}: this starter is not root and ` +
        'can change no root directory; the site could set USE_USER_NAMESPACES = true',
    });
  }
  const left = knobsLeftOut(policy);
  const note =
    `the starter is not root, and USE_USER_NAMESPACES is false: ${left.join(', ')} ` +
    `${left.length === 1 ? 'is' : 'are'} not carried out`;
  return ok({ steps: [], notes: left.length === 0 ? [] : [note], root: undefined });
}

/** The knobs that ask for something, by name. */
function knobsLeftOut(policy: IsolationPolicy): readonly string[] {
  const asked: readonly (readonly [knob: string, asks: boolean])[] = [
    ['USE_PID_NAMESPACES', policy.pidNamespace],
    ['USE_CGROUP_NAMESPACES', policy.cgroupNamespace],
    ['MOUNT_UNDER_SCRATCH', policy.mountUnderScratch.length > 0],
    ['MOUNT_PRIVATE_DEV_SHM', policy.privateDevShm],
    ['MOUNT_READ_ONLY', policy.readOnly.length > 0],
    ['HIDE_PATHS', policy.hidden.length > 0],
  ];
  return asked.filter(([, asks]) => asks).map(([knob]) => knob);
}
